//! Codes against RFC 6238, appendix B: its key, its times, and the last six of its eight digits.

use jiff::Timestamp;

use super::*;

/// "12345678901234567890" in base 32.
const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const VECTORS: [(i64, &str); 6] = [
    (59, "94287082"),
    (1_111_111_109, "07081804"),
    (1_111_111_111, "14050471"),
    (1_234_567_890, "89005924"),
    (2_000_000_000, "69279037"),
    (20_000_000_000, "65353130"),
];

fn at(seconds: i64) -> Instant {
    Instant::from_timestamp(Timestamp::from_second(seconds).expect("an instant"))
}

fn step(code: &str, seconds: i64) -> Option<i64> {
    matching(KEY, code, at(seconds)).expect("a usable key")
}

/// Each code is taken at its time, and belongs to its step of thirty seconds.
#[test]
fn the_rfcs_codes_are_taken() {
    for (seconds, code) in VECTORS {
        assert_eq!(step(&code[2..], seconds), Some(seconds / 30), "{seconds}");
    }
}

/// One step early and one late is forgiven, two aren't.
#[test]
fn a_clock_may_be_half_a_minute_off() {
    for (seconds, code) in VECTORS {
        for (off, taken) in [(-60, false), (-30, true), (30, true), (60, false)] {
            let found = if seconds + off < 0 { None } else { step(&code[2..], seconds + off) };
            assert_eq!(found.is_some(), taken && seconds + off >= 0, "{seconds} {off}");
        }
    }
}

/// Spaces are no part of a code; anything else that isn't six digits is none.
#[test]
fn what_is_no_code_is_refused() {
    assert_eq!(step("287 082", 59), Some(1));
    for odd in ["", "28708", "2870820", "94287082", "२८७०८२", "287082x2", "000000"] {
        assert_eq!(step(odd, 59), None, "{odd}");
    }
}
