/** An account is made for somebody: with a password, or with a link to set one. */

import { useState } from "react";

import { api, must } from "../../api/client";
import type { MeBody } from "../../api/schema.gen";
import { rolesUpTo, type Role } from "../../lib/roles";
import { note } from "../../live/toasts";
import { ChoiceField, Field, SecretField, useSending } from "../form";
import { FormDialog } from "../form-dialog";
import { LinkShown } from "./user-actions";

interface NewUserProps {
  readonly me: MeBody;
  readonly onMade: () => void;
  readonly onClose: () => void;
}

export function NewUser({ me, onMade, onClose }: NewUserProps) {
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("member");
  const [password, setPassword] = useState("");
  const [link, setLink] = useState<string>();
  const sending = useSending(async () => {
    const body = { name: name.trim(), email: email.trim(), role, ...(password ? { password } : {}) };
    const made = await must(api.POST("/api/users", { body }));
    onMade();
    note(`${made.name} has an account.`);
    if (made.link) setLink(made.link);
    else onClose();
  });
  if (link) return <LinkShown title={`The link for ${name.trim()}`} link={link} onClose={onClose} />;
  return (
    <FormDialog
      title="New user"
      text="They become a member of the home workspace, with this role."
      action="Make the account"
      ready={name.trim() !== "" && email.trim() !== ""}
      beside={["name", "email", "role", "password"]}
      sending={sending}
      onClose={onClose}
    >
      <Field label="Name" name="name" autoComplete="off" maxLength={100} value={name} onChange={setName} sending={sending} />
      <Field label="Email" name="email" type="email" autoComplete="off" value={email} onChange={setEmail} sending={sending} />
      <ChoiceField
        label="Role"
        name="role"
        value={role}
        options={rolesUpTo(me.role).map((one) => [one, one] as const)}
        onChoose={setRole}
        sending={sending}
      />
      <SecretField
        label="Password (if you like)"
        name="password"
        fresh
        value={password}
        onChange={setPassword}
        sending={sending}
        hint="Without one you get a link with which they set their own."
      />
    </FormDialog>
  );
}
