/** Roles and scopes as people read them. */

export const ROLES = ["guest", "member", "admin", "owner"] as const;
export type Role = (typeof ROLES)[number];

export const ROLE_TEXT: Readonly<Record<Role, string>> = {
  guest: "Reads what is shared with them, and talks to nobody",
  member: "Talks to agents, and has what is theirs",
  admin: "Manages people, teams and runs of the workspace",
  owner: "Everything, the workspace itself included",
};

export const TEAM_ROLES = ["member", "admin", "owner"] as const;
export type TeamRole = (typeof TEAM_ROLES)[number];

export const TOKEN_SCOPES = ["read", "converse", "operate", "admin"] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

export const SCOPE_TEXT: Readonly<Record<TokenScope, string>> = {
  read: "Read your conversations, runs and memories",
  converse: "Talk to agents as you, and read what they answer",
  operate: "See and command runs, queues and workers, as far as you may",
  admin: "Everything you may do, people and tokens included",
};

function rank(role: string): number {
  return ROLES.indexOf(role as Role);
}

/** The roles that somebody of this role may give: none above their own. */
export function rolesUpTo(own: string): readonly Role[] {
  return ROLES.filter((role) => rank(role) <= rank(own));
}

/** Whether somebody of one role may manage somebody of the other. */
export function manages(own: string, other: string): boolean {
  return rank(own) >= rank("admin") && rank(other) <= rank(own);
}

/** The scopes that are left to choose once these are: the wider ones include the narrower. */
export function implied(chosen: ReadonlySet<TokenScope>, scope: TokenScope): boolean {
  if (scope !== "admin" && chosen.has("admin")) return true;
  return scope === "read" && (chosen.has("converse") || chosen.has("operate"));
}
