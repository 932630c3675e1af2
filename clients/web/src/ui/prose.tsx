/** A sentence of the server, in which `names` are set off by backticks. */

export function Prose({ text }: { readonly text: string }) {
  const pieces = text.split("`");
  // An odd one out is just a letter.
  if (pieces.length % 2 === 0) return text;
  return pieces.map((piece, index) =>
    // The pieces of a text stay where they are.
    // oxlint-disable-next-line no-array-index-key
    index % 2 === 1 ? <code key={index}>{piece}</code> : piece,
  );
}

interface ProblemTextProps {
  readonly title?: string | undefined;
  readonly detail: string;
  readonly remedy: string | undefined;
}

/** What went wrong and what to do about it. */
export function ProblemText({ title, detail, remedy }: ProblemTextProps) {
  return (
    <div>
      {title && <p className="problem-title">{title}</p>}
      <p>
        <Prose text={detail} />
      </p>
      {remedy && (
        <p className="muted">
          <Prose text={remedy} />
        </p>
      )}
    </div>
  );
}
