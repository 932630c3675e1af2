/** What was written and not sent, by the place where it was written. It waits for its person, also while they are signed out. */
export const drafts = new Map<string, string>();
