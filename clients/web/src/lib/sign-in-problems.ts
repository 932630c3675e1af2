/** Why a sign-in at another place did not lead in here, by the code that comes back in `/sign-in?problem=`. */

export interface SignInProblem {
  readonly title: string;
  readonly detail: string;
  readonly remedy: string;
}

const KNOWN = new Map<string, SignInProblem>(Object.entries({
  cancelled: {
    title: "Nobody was signed in",
    detail: "The sign-in was cancelled, or the provider refused it.",
    remedy: "Try again, or use another way in.",
  },
  expired: {
    title: "That took too long",
    detail: "The sign-in was begun too long ago, in another browser, or has been used already.",
    remedy: "Begin it again from this page.",
  },
  provider_unavailable: {
    title: "The provider does not answer",
    detail: "Mosaic could not reach the sign-in provider.",
    remedy: "Try again in a moment, or use another way in.",
  },
  invalid_answer: {
    title: "The answer does not hold",
    detail: "What the provider answered could not be verified, so nobody was signed in.",
    remedy: "Try again; if it stays so, whoever runs Mosaic finds the reason in the log.",
  },
  not_invited: {
    title: "There is no account for you",
    detail: "You are known to the provider, but nobody has let you in here yet.",
    remedy: "Ask an admin for an invitation, and use the same email address there.",
  },
  account_exists: {
    title: "There is an account with your address",
    detail: "The provider does not vouch for the address, so the account may be somebody else's.",
    remedy: "Sign in to it in another way, and link the provider under Settings, Security.",
  },
  no_access: {
    title: "None of your groups may come in",
    detail: "You are known to the provider, but no group of yours there has a role here.",
    remedy: "Ask whoever manages the groups at the provider.",
  },
  identity_taken: {
    title: "This is linked to another account",
    detail: "Who you are at the provider belongs to another account here already.",
    remedy: "Sign in with it to see which, and unlink it there.",
  },
  unknown_provider: {
    title: "There is no such provider",
    detail: "The link names a provider that is not set up here.",
    remedy: "Choose one of the ways on this page.",
  },
  not_set_up: {
    title: "Mosaic is not set up yet",
    detail: "Nobody has an account here.",
    remedy: "The first one is made on this page, with a password.",
  },
  signed_out: {
    title: "You were not signed in",
    detail: "Only who is signed in can link a provider to their account.",
    remedy: "Sign in, and link it again under Settings, Security.",
  },
  account_inactive: {
    title: "Your account is closed",
    detail: "It was deactivated or banned.",
    remedy: "Ask an admin of this installation.",
  },
}));

/** What a code means; one that nobody here knows is still a problem. */
export function signInProblem(code: string): SignInProblem {
  return (
    KNOWN.get(code) ?? {
      title: "You could not be signed in",
      detail: `The sign-in ended with the code \`${code.replace(/[^\w-]/g, "").slice(0, 60)}\`.`,
      remedy: "Try again, or use another way in.",
    }
  );
}
