/** An invitation is made: for whom, as what, and until when. Its link is shown once. */

import { useEffect, useState } from "react";

import { api, must } from "../../api/client";
import type { MeBody, TeamBody } from "../../api/schema.gen";
import { rolesUpTo, type Role } from "../../lib/roles";
import { Dialog } from "../dialog";
import { ChoiceField, Field, useSending } from "../form";
import { FormDialog } from "../form-dialog";
import { Secret } from "../secret";
import { RoleChoice } from "./parts";

const LIVES = [
  ["1", "Tomorrow"],
  ["7", "In 7 days"],
  ["30", "In 30 days"],
] as const;

interface NewInvitationProps {
  readonly me: MeBody;
  readonly onMade: () => void;
  readonly onClose: () => void;
}

export function NewInvitation({ me, onMade, onClose }: NewInvitationProps) {
  const teams = useTeams();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("member");
  const [teamId, setTeamId] = useState("");
  const [days, setDays] = useState<(typeof LIVES)[number][0]>("7");
  const [link, setLink] = useState<string>();
  const sending = useSending(async () => {
    const body = {
      role,
      expiresInDays: Number(days),
      ...(email.trim() ? { email: email.trim() } : {}),
      ...(teamId ? { teamId } : {}),
    };
    setLink((await must(api.POST("/api/invitations", { body }))).link);
    onMade();
  });
  if (link) {
    return (
      <Dialog title="The link" className="editor" onClose={onClose}>
        <h2>The invitation is made</h2>
        <Secret
          label="Link"
          value={link}
          note={`It is shown this once, and works once. Pass it to ${email.trim() || "whom you mean"} on a way that you trust.`}
        />
        <div className="dialog-actions">
          <button type="button" className="button primary" onClick={onClose}>
            Done
          </button>
        </div>
      </Dialog>
    );
  }
  return (
    <FormDialog
      title={`Invite to ${me.workspace}`}
      action="Make the link"
      beside={["email", "role", "teamId", "expiresInDays"]}
      sending={sending}
      onClose={onClose}
    >
      <Field
        label="Email (if you like)"
        name="email"
        type="email"
        autoComplete="off"
        value={email}
        onChange={setEmail}
        sending={sending}
        hint="With one, only an account of this address can use the link."
      />
      <RoleChoice roles={rolesUpTo(me.role)} value={role} onChoose={setRole} />
      {teams.length > 0 && (
        <ChoiceField
          label="Team"
          name="teamId"
          value={teamId}
          options={[["", "None"] as const, ...teams.map((team) => [team.id, team.name] as const)]}
          onChoose={setTeamId}
          sending={sending}
        />
      )}
      <ChoiceField label="Ends" name="expiresInDays" value={days} options={LIVES} onChoose={setDays} sending={sending} />
    </FormDialog>
  );
}

/** The teams that somebody can be invited into. */
function useTeams(): readonly TeamBody[] {
  const [teams, setTeams] = useState<readonly TeamBody[]>([]);
  useEffect(() => {
    let gone = false;
    const load = async () => {
      const { items } = await must(api.GET("/api/teams"));
      if (!gone) setTeams(items);
    };
    // Without a list there is no team to choose.
    load().catch(() => undefined);
    return () => {
      gone = true;
    };
  }, []);
  return teams;
}
