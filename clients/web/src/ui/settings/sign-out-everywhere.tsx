/** Ends every session of the person, and on demand their tokens too. */

import { useState } from "react";

import { signOutEverywhere } from "../../live/session";
import { Sure } from "../form-dialog";

export function SignOutEverywhere({ onClose }: { readonly onClose: () => void }) {
  const [tokens, setTokens] = useState(false);
  return (
    <Sure
      title="Sign out everywhere?"
      text="Your sessions in all browsers end at once, this one too. Nothing else is lost."
      action="Sign out everywhere"
      onConfirm={() => signOutEverywhere(tokens)}
      onClose={onClose}
    >
      <label className="tick">
        <input type="checkbox" checked={tokens} onChange={(event) => setTokens(event.target.checked)} />
        <span>Revoke all my API tokens, too: programs that use them stop working</span>
      </label>
    </Sure>
  );
}
