import { useEmitter } from "../live/emitter";
import { dismiss, toasts } from "../live/toasts";
import { Icon } from "./icons";
import { ProblemText } from "./prose";

export function Toasts() {
  const all = useEmitter(toasts);
  return (
    <div className="toasts" role="region" aria-label="Notifications" aria-live="assertive">
      {all.map(({ id, kind, text, remedy }) => (
        <div key={id} className={`toast ${kind}`} role={kind === "error" ? "alert" : "status"}>
          <Icon name={kind === "error" ? "alert" : "check"} />
          <ProblemText detail={text} remedy={remedy} />
          <button type="button" className="icon-button small" aria-label="Dismiss" onClick={() => dismiss(id)}>
            <Icon name="close" size={14} />
          </button>
        </div>
      ))}
    </div>
  );
}
