//! Results, one line each, for `scripts/bench` to lay out and to judge.

/// Prints one result: what, the product's figure, its reference, their ratio, the target, and whether it was met.
pub fn row(figure: &str, measured: &str, reference: &str, ratio: Option<f64>, target: &str, met: Option<bool>) {
    let ratio = ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.3}"));
    let verdict = met.map_or("–", |met| if met { "ok" } else { "MISSED" });
    println!("RESULT\t{figure}\t{measured}\t{reference}\t{ratio}\t{target}\t{verdict}");
}

/// The middle of some figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The figure that this share of them (0 to 1) doesn't exceed; sorts them.
pub fn percentile(figures: &mut [f64], share: f64) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank within the slice")]
    let rank = (figures.len() as f64 * share).ceil() as usize;
    figures.get(rank.max(1) - 1).copied().unwrap_or(f64::NAN)
}
