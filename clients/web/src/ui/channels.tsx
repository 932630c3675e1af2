/** Chat networks from which Mosaic can be reached. */

import { useEffect } from "react";

import { Icon } from "./icons";
import { TopBar } from "./top-bar";

export function Channels() {
  useEffect(() => {
    document.title = "Channels · Mosaic";
  }, []);
  return (
    <>
      <TopBar title="Channels" />
      <div className="page">
        <div className="page-inner">
          <div className="empty small">
            <Icon name="channels" size={28} />
          </div>
        </div>
      </div>
    </>
  );
}
