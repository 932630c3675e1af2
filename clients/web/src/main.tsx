import "./styles/base.css";
import "./styles/controls.css";
import "./styles/shell.css";
import "./styles/thread.css";
import "./styles/pages.css";
import "./styles/operations.css";
import "./styles/forms.css";
import "./styles/people.css";

import { createRoot } from "react-dom/client";

import { App } from "./app";
import { look } from "./live/session";
import { apply } from "./live/theme";

apply();
void look();

const root = document.getElementById("root");
if (root) createRoot(root).render(<App />);
