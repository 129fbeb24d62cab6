//! Sizes as Kanto-CM reads and writes them: `200M`, `1.5 g`.

const MEGA: f64 = 1024.0 * 1024.0;
/// The least memory a container can be given.
pub(crate) const MINIMUM: f64 = 3.0 * MEGA;

/// Takes `\d+(\.\d+)* ?[kKmMgG]` apart; more than one dot passes the pattern but is no number.
fn parts(size: &str) -> Option<(f64, char)> {
    let unit = size
        .chars()
        .last()
        .filter(|unit| "kKmMgG".contains(*unit))?;
    let number = size[..size.len() - 1]
        .strip_suffix(' ')
        .unwrap_or(&size[..size.len() - 1]);
    let digits = |group: &str| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit());
    if !number.split('.').all(digits) {
        return None;
    }
    Some((number.parse().ok()?, unit))
}

/// The size in bytes, `None` when it is no size.
pub(crate) fn bytes(size: &str) -> Option<f64> {
    let (number, unit) = parts(size)?;
    let factor = match unit.to_ascii_lowercase() {
        'k' => 1024.0,
        'm' => MEGA,
        _ => 1024.0 * MEGA,
    };
    Some((number * factor).trunc())
}

/// Twice the size in the same unit, with at most four decimals.
pub(crate) fn doubled(size: &str) -> Option<String> {
    let (number, unit) = parts(size)?;
    let number = (number * 2.0 * 10_000.0).round() / 10_000.0;
    Some(format!("{number}{unit}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        assert_eq!(bytes("3M"), Some(3.0 * MEGA));
        assert_eq!(bytes("1.5 k"), Some(1536.0));
        for invalid in ["", "M", "3", "3MB", "-1", "3  M", ".5M", "5.M", "1.2.3M"] {
            assert_eq!(bytes(invalid), None, "{invalid}");
        }
    }

    #[test]
    fn doubling_keeps_the_unit_and_four_decimals() {
        assert_eq!(doubled("200M").as_deref(), Some("400M"));
        assert_eq!(doubled("1.23456 g").as_deref(), Some("2.4691g"));
        assert_eq!(doubled("many"), None);
    }
}
