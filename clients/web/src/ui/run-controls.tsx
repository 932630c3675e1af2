/** What can be done with the answer that is being written: halt it, have it go on, stop it, end it by force. */

import type { ThreadStore } from "../live/thread-store";
import type { Run } from "../log/run";
import { Icon } from "./icons";

interface ControlsProps {
  readonly run: Run;
  readonly store: ThreadStore;
  /** Whether it was asked to halt and has not yet. */
  readonly pausing: boolean;
  readonly resuming: boolean;
  readonly stopping: boolean;
  readonly onStop: () => void;
  readonly onKill: () => void;
}

export function RunControls({ run, store, pausing, resuming, stopping, onStop, onKill }: ControlsProps) {
  const halted = run.state === "paused";
  return (
    <>
      <button type="button" className="round quiet" aria-label="End by force" title="End by force" onClick={onKill}>
        <Icon name="kill" size={17} />
      </button>
      {halted || pausing ? (
        <button
          type="button"
          className="round quiet"
          aria-label={halted ? "Resume" : "Do not pause"}
          title={halted ? "Resume" : "Do not pause"}
          disabled={resuming}
          onClick={() => void store.resume()}
        >
          <Icon name="play" size={17} />
        </button>
      ) : (
        <button type="button" className="round quiet" aria-label="Pause" title="Pause after this step" onClick={() => void store.pause()}>
          <Icon name="pause" size={17} />
        </button>
      )}
      <button type="button" className="round stop" aria-label="Stop" title="Stop (Esc)" disabled={stopping} onClick={onStop}>
        <Icon name="stop" size={20} />
      </button>
    </>
  );
}
