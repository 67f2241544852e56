//! The colour of an organisation's public pages: readable on them in both themes, whichever it is (WCAG 2.2, 1.4.3).

/// The least contrast of text and what is behind it.
const LEAST: f64 = 4.5;
/// What is behind it: `--paper` in the light theme, `--surface` in the dark one.
const PAPER: Colour = Colour([0xf1, 0xf4, 0xef]);
const DARK: Colour = Colour([0x15, 0x26, 0x2a]);

/// Those that we suggest: what they are called, and the colour. Without one the pages have ours.
pub const DESIGNED: [(&str, &str); 8] = [
    ("Harbour blue", "#1b5470"),
    ("Ocean blue", "#0b5cad"),
    ("Ironbark red", "#94342a"),
    ("Rust", "#8a4510"),
    ("Waratah", "#a3123f"),
    ("Plum", "#6b2d5c"),
    ("Jacaranda", "#5b3fa0"),
    ("Slate", "#3d4a57"),
];

/// Red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour([u8; 3]);

impl Colour {
    /// What the pages have that choose none.
    pub const OURS: Self = Self([0x1f, 0x5c, 0x4d]);

    /// Red, green and blue.
    pub const fn rgb(self) -> [u8; 3] {
        self.0
    }

    /// Reads `#1b5470`, with or without the sign, small or capital.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.trim().trim_start_matches('#');
        if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let number = u32::from_str_radix(digits, 16).ok()?;
        let [_, red, green, blue] = number.to_be_bytes();
        Some(Self([red, green, blue]))
    }

    /// "#1b5470"
    pub fn hex(self) -> String {
        let [red, green, blue] = self.0;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }

    /// It can be read on the pages, and white on it.
    pub fn is_readable(self) -> bool {
        contrast(self, PAPER) >= LEAST
    }

    /// The same for the dark theme: as much lighter as it takes to be read there.
    #[must_use]
    pub fn for_dark(self) -> Self {
        let lighter = |share: u16| {
            let channel = |channel: u8| {
                let to_white = u16::from(u8::MAX - channel) * share / 20;
                channel.saturating_add(u8::try_from(to_white).unwrap_or(u8::MAX))
            };
            Self(self.0.map(channel))
        };
        (0..=20).map(lighter).find(|colour| contrast(*colour, DARK) >= LEAST).unwrap_or(Self([u8::MAX; 3]))
    }
}

fn contrast(one: Colour, other: Colour) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// Relative luminance, as WCAG has it.
fn luminance(colour: Colour) -> f64 {
    let [red, green, blue] = colour.0.map(|channel| {
        let part = f64::from(channel) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[cfg(test)]
mod tests {
    use super::{Colour, DARK, DESIGNED, LEAST, contrast};

    #[test]
    fn ours_can_be_read_in_both_themes() {
        for (name, hex) in DESIGNED {
            let colour = Colour::parse(hex).expect("a colour");
            assert_eq!(colour.hex(), hex);
            assert!(colour.is_readable(), "{name}");
            assert!(contrast(colour.for_dark(), DARK) >= LEAST, "{name}");
        }
    }

    #[test]
    fn contrast_is_as_defined() {
        let (black, white) = (Colour([0; 3]), Colour([255; 3]));
        assert!((contrast(black, white) - 21.0).abs() < 1e-9);
        assert!((contrast(Colour([0x77; 3]), white) - 4.478).abs() < 1e-3);
        for readable in ["#000000", "1b5470", " #0B5CAD "] {
            assert!(Colour::parse(readable).is_some_and(Colour::is_readable), "{readable}");
        }
        for pale in ["#ffffff", "#ffcc00", "#777777", "#8fd0b4"] {
            assert!(!Colour::parse(pale).expect("a colour").is_readable(), "{pale}");
        }
        for bad in ["", "#fff", "red", "#12345g", "#1234567", "url(x)", "#+12345"] {
            assert_eq!(Colour::parse(bad), None, "{bad}");
        }
        // Whatever is chosen, the dark theme's can be read.
        for step in 0..=255_u8 {
            for colour in [Colour([step, 0, 0]), Colour([0, 0, step]), Colour([step; 3])] {
                assert!(contrast(colour.for_dark(), DARK) >= LEAST, "{colour:?}");
            }
        }
    }
}
