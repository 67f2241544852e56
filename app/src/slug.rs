//! The word in an address, made from a name: the same on the server and in the browser.

/// "Follow-up (30 min)" gives `follow-up-30-min`; a name without a letter or digit of the Latin alphabet gives nothing.
pub fn from_name(name: &str) -> String {
    let mut slug = String::new();
    for c in name.trim().chars() {
        let plain = plain(c);
        if plain.is_empty() && !matches!(c, '\'' | '’') && !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        slug.push_str(&plain);
    }
    slug.truncate(63);
    slug.trim_end_matches('-').to_owned()
}

/// The letter without its accent, small; nothing for what isn't one.
fn plain(c: char) -> String {
    match c {
        'a'..='z' | '0'..='9' => c.to_string(),
        'A'..='Z' => c.to_ascii_lowercase().to_string(),
        '&' => "and".to_owned(),
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'À' | 'Á' | 'Â' | 'Ã' | 'Ä' | 'Å' | 'Ā' => {
            "a".to_owned()
        }
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'È' | 'É' | 'Ê' | 'Ë' | 'Ē' => "e".to_owned(),
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'Ì' | 'Í' | 'Î' | 'Ï' | 'Ī' => "i".to_owned(),
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ö' | 'Ø' | 'Ō' => {
            "o".to_owned()
        }
        'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'Ù' | 'Ú' | 'Û' | 'Ü' | 'Ū' => "u".to_owned(),
        'ç' | 'Ç' => "c".to_owned(),
        'ñ' | 'Ñ' => "n".to_owned(),
        'ß' => "ss".to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::from_name;

    #[test]
    fn names_become_words() {
        for (name, slug) in [
            ("Initial consultation", "initial-consultation"),
            ("  Follow-up (30 min)  ", "follow-up-30-min"),
            ("Women’s health", "womens-health"),
            ("Cut & colour", "cut-and-colour"),
            ("Café Pâté", "cafe-pate"),
            ("---", ""),
            ("針灸", ""),
        ] {
            assert_eq!(from_name(name), slug, "{name}");
        }
        let long = from_name(&"long name ".repeat(20));
        assert!(long.len() <= 63 && !long.ends_with('-'), "{long}");
    }
}
