/** Deletes an account: with what goes along counted, and its name typed. */

import { useEffect, useState } from "react";

import { api, must, shown, type ApiError } from "../../api/client";
import type { BelongingsBody, UserBody } from "../../api/schema.gen";
import { note } from "../../live/toasts";
import { TypeName } from "../form-dialog";
import { Problem } from "../operations/parts";

interface DeleteProps {
  readonly user: UserBody;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

export function DeleteUser({ user: { id, name, email }, onDone, onClose }: DeleteProps) {
  const { owns, problem } = useOwned(id);
  const remove = async (confirm: string) => {
    await must(api.DELETE("/api/users/{id}", { params: { path: { id } }, body: { confirm } }));
    note(`${name} is deleted.`);
    onDone();
  };
  return (
    <TypeName
      title={`Delete ${name}?`}
      text="Nobody can bring back what goes with the account. Deactivating it keeps everything."
      action="Delete"
      what={email ? "their email address" : "their name"}
      names={owns || problem ? [email ?? name] : []}
      onConfirm={remove}
      onClose={onClose}
    >
      {problem && <Problem problem={problem} />}
      {owns && <Consequences owns={owns} />}
    </TypeName>
  );
}

const NAMES: readonly (readonly [keyof BelongingsBody, string])[] = [
  ["conversations", "conversations"],
  ["runs", "runs"],
  ["memories", "memories"],
  ["tokens", "API tokens"],
  ["sessions", "sessions"],
  ["channelLinks", "chat accounts"],
];

function Consequences({ owns }: { readonly owns: BelongingsBody }) {
  return (
    <dl className="numbers three" aria-label="What goes with it">
      {NAMES.map(([key, label]) => (
        <div key={key} className={owns[key] === 0 ? "none" : undefined}>
          <dt>{label}</dt>
          <dd>{owns[key].toLocaleString("en")}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What would be gone. */
function useOwned(id: string): { owns?: BelongingsBody; problem?: ApiError } {
  const [found, setFound] = useState<{ owns?: BelongingsBody; problem?: ApiError }>({});
  useEffect(() => {
    let gone = false;
    const load = async () => {
      try {
        const { owns } = await must(api.GET("/api/users/{id}", { params: { path: { id } } }));
        if (!gone && owns) setFound({ owns });
      } catch (error) {
        if (!gone) setFound({ problem: shown(error) });
      }
    };
    void load();
    return () => {
      gone = true;
    };
  }, [id]);
  return found;
}
