/** The person's own runs. */

import { useEffect } from "react";

import type { MeBody } from "../api/schema.gen";
import { RunList } from "./operations/runs";
import { TopBar } from "./top-bar";

export function Runs({ me }: { readonly me: MeBody }) {
  useEffect(() => {
    document.title = "Runs · Mosaic";
  }, []);
  return (
    <>
      <TopBar title="Runs" />
      <div className="page">
        <div className="page-inner wide">
          <p className="lead">Every message is answered by a run. Here are yours, and what can be done with them while they go on.</p>
          <RunList me={me} everybody={false} />
        </div>
      </div>
    </>
  );
}
