/** Who answers, and with which model. */

import { choices } from "../live/choices";
import { useEmitter } from "../live/emitter";
import { count } from "../lib/time";
import { Icon } from "./icons";
import { Menu } from "./menu";

interface PickerProps {
  readonly agent: string | undefined;
  readonly model: string | undefined;
  readonly onAgent: (agent: string) => void;
  readonly onModel: (model: string | null) => void;
}

export function Pickers({ agent, model, onAgent, onModel }: PickerProps) {
  const { agents, models } = useEmitter(choices);
  const named = agents.find((one) => one.name === agent) ?? agents.find((one) => one.default);
  const usual = named?.model ?? models.find((one) => one.default)?.id;
  return (
    <>
      {agents.length > 1 && (
        <Menu
          label="Agent"
          heading="Agent"
          side="up"
          align="start"
          className="picker"
          button={<Label text={named?.name ?? "agent"} />}
          choices={agents.map((one) => ({
            key: one.name,
            label: one.name,
            hint: one.description,
            checked: one.name === named?.name,
            choose: () => onAgent(one.name),
          }))}
        />
      )}
      {models.length > 0 && (
        <Menu
          label="Model"
          heading="Model"
          side="up"
          align="start"
          className="picker"
          button={<Label text={short(model ?? usual ?? "model")} />}
          choices={[
            {
              key: "",
              label: "Usual model",
              hint: usual ?? "as configured",
              checked: !model,
              choose: () => onModel(null),
            },
            ...models.map((one) => ({
              key: one.id,
              label: short(one.id),
              hint: one.available ? `${one.provider} · ${count(one.contextWindow)} tokens` : `${one.provider} does not answer`,
              checked: one.id === model,
              choose: () => onModel(one.id),
            })),
          ]}
        />
      )}
    </>
  );
}

function Label({ text }: { readonly text: string }) {
  return (
    <>
      <span className="picker-text">{text}</span>
      <Icon name="down" size={13} />
    </>
  );
}

/** `provider/model` without its provider. */
export function short(model: string): string {
  return model.slice(model.indexOf("/") + 1);
}
