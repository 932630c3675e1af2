/** Pictograms, drawn with the colour of the text beside them. */

const PATHS = {
  plus: "M12 5v14M5 12h14",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM20 20l-4-4",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6 6 18",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  send: "M12 19V5M6 11l6-6 6 6",
  check: "M5 12.5l4.5 4.5L19 7.5",
  copy: "M9 9h10v10H9zM5 15V5h10",
  chat: "M5 5h14v11H10l-5 4z",
  chevron: "M9 6l6 6-6 6",
  down: "M6 9l6 6 6-6",
  arrowDown: "M12 5v14M6 13l6 6 6-6",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z",
  screen: "M4 5h16v11H4zM9 20h6M12 16v4",
  memory: "M12 4a4 4 0 0 0-4 4 3.5 3.5 0 0 0-1 6.8A3.5 3.5 0 0 0 12 19.5a3.5 3.5 0 0 0 5-4.7A3.5 3.5 0 0 0 16 8a4 4 0 0 0-4-4ZM12 4v15.5",
  channels: "M21 4 3 11l6 2.5M21 4l-4 16-8-6.5M21 4 9 13.5M9 13.5V20l3.2-3.6",
  tool: "M14.5 6.5a4 4 0 0 1 5-1L17 8l.5 2.5L20 11l2-2.5a4 4 0 0 1-5.5 4.3L8 21a2 2 0 0 1-3-3l8.4-8.2a4 4 0 0 1 1.1-3.3Z",
  thinking: "M12 3v3M12 18v3M3 12h3M18 12h3M6 6l2 2M16 16l2 2M6 18l2-2M16 8l2-2",
  alert: "M12 8v5M12 16.5h.01M12 3l9.5 17h-19z",
  question: "M9.5 9a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1 1-1.1 1.8M12 16.5h.01",
  pencil: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  out: "M14 5H6v14h8M11 12h9M17 9l3 3-3 3",
  retry: "M19 12a7 7 0 1 1-2-5l2 2M19 4v5h-5",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  stop: "M8 8h8v8H8z",
  pause: "M8.5 6v12M15.5 6v12",
  play: "M8 5.5v13l10.5-6.5z",
  kill: "M8.5 3.5h7l5 5v7l-5 5h-7l-5-5v-7zM9.5 9.5l5 5M14.5 9.5l-5 5",
  activity: "M3 12h4l3-8 4 16 3-8h4",
  worker: "M7 7h10v10H7zM10 3v4M14 3v4M10 17v4M14 17v4M3 10h4M3 14h4M17 10h4M17 14h4",
  queue: "M4 6h16M4 12h16M4 18h9",
  people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20a6.5 6.5 0 0 1 13 0M16 4.3a3.5 3.5 0 0 1 0 6.4M18 14.2a6.5 6.5 0 0 1 3.5 5.8",
  key: "M8 19.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM11 12.5 19.5 4M15.5 8l3 3M12.8 10.7l1.7 1.7",
  sliders: "M4 7h9M17 7h3M4 17h3M11 17h9M15 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM9 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }) {
  const heavy = name === "more";
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill={name === "stop" ? "currentColor" : "none"}
      stroke="currentColor"
      strokeWidth={heavy ? 2.6 : 1.75}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Logo({ size = 28 }: { readonly size?: number }) {
  return (
    <svg className="logo" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" />
      <g fill="#fff">
        <rect x="8" y="8" width="7" height="7" rx="2" />
        <rect x="17" y="8" width="7" height="7" rx="2" opacity=".55" />
        <rect x="8" y="17" width="7" height="7" rx="2" opacity=".55" />
        <rect x="17" y="17" width="7" height="7" rx="2" />
      </g>
    </svg>
  );
}

export function Spinner() {
  return <span className="spinner" aria-hidden="true" />;
}
