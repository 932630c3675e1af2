//! How things look: ANSI colours of the terminal's own palette, emphasis that also reads without colour, and signs with
//! their ASCII forms.

use ratatui::style::{Color, Modifier, Style};

/// Which colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Palette {
    /// The terminal's sixteen colours.
    #[default]
    Colour,
    /// The same, stronger.
    Contrast,
    /// None: emphasis alone.
    Mono,
}

impl Palette {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Colour, Self::Contrast, Self::Mono];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Colour => "colour",
            Self::Contrast => "contrast",
            Self::Mono => "mono",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|palette| palette.name() == name)
    }
}

/// Styles and signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// Which colours.
    pub palette: Palette,
    /// The signs.
    pub signs: &'static Signs,
}

/// The signs that are drawn.
#[derive(Debug, PartialEq, Eq)]
pub struct Signs {
    pub(crate) you: &'static str,
    pub(crate) assistant: &'static str,
    pub(crate) connected: &'static str,
    pub(crate) away: &'static str,
    pub(crate) done: &'static str,
    pub(crate) failed: &'static str,
    pub(crate) unknown: &'static str,
    pub(crate) paused: &'static str,
    pub(crate) thinking: &'static str,
    pub(crate) memory: &'static str,
    pub(crate) bar: &'static str,
    pub(crate) result: &'static str,
    pub(crate) bullets: [&'static str; 3],
    pub(crate) checked: &'static str,
    pub(crate) unchecked: &'static str,
    pub(crate) ellipsis: &'static str,
    pub(crate) dot: &'static str,
    pub(crate) up: &'static str,
    pub(crate) down: &'static str,
    pub(crate) pointer: &'static str,
    pub(crate) line: &'static str,
    pub(crate) side: &'static str,
    pub(crate) cross: &'static str,
    pub(crate) corners: [&'static str; 4],
    pub(crate) spinner: &'static [&'static str],
}

static UNICODE: Signs = Signs {
    you: "❯",
    assistant: "◆",
    connected: "●",
    away: "○",
    done: "✓",
    failed: "✗",
    unknown: "?",
    paused: "‖",
    thinking: "∴",
    memory: "◇",
    bar: "┊",
    result: "└",
    bullets: ["•", "◦", "▪"],
    checked: "☑",
    unchecked: "☐",
    ellipsis: "…",
    dot: "·",
    up: "↑",
    down: "↓",
    pointer: "▸",
    line: "─",
    side: "│",
    cross: "┼",
    corners: ["╭", "╮", "╰", "╯"],
    spinner: &["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"],
};

static ASCII: Signs = Signs {
    you: ">",
    assistant: "*",
    connected: "+",
    away: "o",
    done: "+",
    failed: "x",
    unknown: "?",
    paused: "=",
    thinking: "~",
    memory: "#",
    bar: "|",
    result: "`",
    bullets: ["*", "-", "+"],
    checked: "[x]",
    unchecked: "[ ]",
    ellipsis: "...",
    dot: "-",
    up: "^",
    down: "v",
    pointer: ">",
    line: "-",
    side: "|",
    cross: "+",
    corners: ["+", "+", "+", "+"],
    spinner: &["|", "/", "-", "\\"],
};

impl Theme {
    /// With these colours, in ASCII where the terminal shows no more.
    #[must_use]
    pub fn new(palette: Palette, unicode: bool) -> Self {
        Self {
            palette,
            signs: if unicode { &UNICODE } else { &ASCII },
        }
    }

    fn coloured(self, colour: Color, otherwise: Modifier) -> Style {
        match self.palette {
            Palette::Colour => Style::new().fg(colour),
            Palette::Contrast => Style::new().fg(colour).bold(),
            Palette::Mono => Style::new().add_modifier(otherwise),
        }
    }

    /// Aside.
    pub(crate) fn dim(self) -> Style {
        match self.palette {
            Palette::Contrast => Style::new(),
            Palette::Colour | Palette::Mono => Style::new().dim(),
        }
    }

    /// Important.
    #[expect(clippy::unused_self, reason = "a theme may well have its own")]
    pub(crate) fn strong(self) -> Style {
        Style::new().bold()
    }

    /// What belongs to Mosaic itself.
    pub(crate) fn accent(self) -> Style {
        self.coloured(Color::Cyan, Modifier::BOLD)
    }

    /// Who asks.
    pub(crate) fn you(self) -> Style {
        self.coloured(Color::Green, Modifier::BOLD).bold()
    }

    /// Who answers.
    pub(crate) fn assistant(self) -> Style {
        self.coloured(Color::Magenta, Modifier::BOLD).bold()
    }

    pub(crate) fn good(self) -> Style {
        self.coloured(Color::Green, Modifier::empty())
    }

    pub(crate) fn warn(self) -> Style {
        self.coloured(Color::Yellow, Modifier::BOLD)
    }

    pub(crate) fn bad(self) -> Style {
        self.coloured(Color::Red, Modifier::BOLD)
    }

    /// Code within a sentence, and in its frame.
    pub(crate) fn code(self) -> Style {
        self.coloured(Color::Yellow, Modifier::empty())
    }

    pub(crate) fn heading(self) -> Style {
        self.accent().bold()
    }

    pub(crate) fn link(self) -> Style {
        self.coloured(Color::Blue, Modifier::empty()).underlined()
    }

    pub(crate) fn border(self) -> Style {
        self.dim()
    }

    /// What Enter would take.
    pub(crate) fn selected(self) -> Style {
        match self.palette {
            Palette::Colour | Palette::Contrast => {
                Style::new().fg(Color::Cyan).reversed().not_dim()
            }
            Palette::Mono => Style::new().reversed().not_dim(),
        }
    }

    /// The part of the spinner for this moment.
    pub(crate) fn spinner(self, tick: usize) -> &'static str {
        self.signs.spinner[tick % self.signs.spinner.len()]
    }
}
