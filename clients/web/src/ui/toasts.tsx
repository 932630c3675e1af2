import { useEmitter } from "../live/emitter";
import { dismiss, toasts } from "../live/toasts";
import { Icon } from "./icons";

export function Toasts() {
  const all = useEmitter(toasts);
  return (
    <div className="toasts" role="region" aria-label="Notifications" aria-live="assertive">
      {all.map(({ id, kind, text, remedy }) => (
        <div key={id} className={`toast ${kind}`} role={kind === "error" ? "alert" : "status"}>
          <Icon name={kind === "error" ? "alert" : "check"} />
          <div>
            <p>{text}</p>
            {remedy && <p className="muted">{remedy}</p>}
          </div>
          <button type="button" className="icon-button small" aria-label="Dismiss" onClick={() => dismiss(id)}>
            <Icon name="close" size={14} />
          </button>
        </div>
      ))}
    </div>
  );
}
