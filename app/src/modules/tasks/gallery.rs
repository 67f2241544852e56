//! Templates that come with the module: what Australian small businesses do again and again, with the days by which it has to be done. Each is
//! taken over as it is and changed to fit. What they say of the law was so in November 2026.

use std::sync::LazyLock;

use super::template_rules::Body;

/// A template that comes with the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The word in addresses and in the API: `new-employee`.
    pub word: &'static str,
    /// What it is about, for people: “People”.
    pub category: &'static str,
    /// What it says, its name and what it is for with it.
    pub body: Body,
}

/// In the order in which people choose: the word, the category, the file.
const FILES: [(&str, &str, &str); 13] = [
    ("new-employee", "People", include_str!("gallery/new-employee.toml")),
    ("employee-leaving", "People", include_str!("gallery/employee-leaving.toml")),
    ("bas-quarter", "Money", include_str!("gallery/bas-quarter.toml")),
    ("monthly-close", "Money", include_str!("gallery/monthly-close.toml")),
    ("end-of-financial-year", "Money", include_str!("gallery/end-of-financial-year.toml")),
    ("client-onboarding", "Clients", include_str!("gallery/client-onboarding.toml")),
    ("trade-job", "Clients", include_str!("gallery/trade-job.toml")),
    ("product-launch", "Clients", include_str!("gallery/product-launch.toml")),
    ("clinic-day", "Places", include_str!("gallery/clinic-day.toml")),
    ("second-location", "Places", include_str!("gallery/second-location.toml")),
    ("site-handover", "Places", include_str!("gallery/site-handover.toml")),
    ("workplace-incident", "When something goes wrong", include_str!("gallery/workplace-incident.toml")),
    ("data-breach", "When something goes wrong", include_str!("gallery/data-breach.toml")),
];

static ALL: LazyLock<Vec<Template>> = LazyLock::new(|| {
    // A test reads them all.
    let read = |(word, category, text): (&'static str, &'static str, &str)| {
        Some(Template { word, category, body: toml::from_str(text).ok()? })
    };
    FILES.into_iter().filter_map(read).collect()
});

/// All of them, those of a category together.
pub fn all() -> &'static [Template] {
    &ALL
}

/// The one with this word.
pub fn find(word: &str) -> Option<&'static Template> {
    all().iter().find(|template| template.word == word)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use jiff::{ToSpan, civil::date};

    use super::{
        super::template_rules::{Given, MOST_NAMED, Offset, Step, check, differences, plan, when},
        *,
    };

    const SPELT_ELSEWHERE: &str = "aluminum anesthetic apartment behavior calisthenics canceled canceling catalog cell center centers \
        color colors defense dialog enroll enrollment enrolls favor favorite flavor fulfill fulfillment gray harbor honor \
        jewelry judgment kilometer kilometers labeled labeling labor license licenses liter liters math modeled mom \
        neighbor neighbors neighboring offense paycheck pediatric plow program's rumor sidewalk skillful tire traveled traveler \
        traveling vacation zipcode";
    const SPELT_WITH_Z_HERE: [&str; 10] =
        ["size", "sizes", "sized", "prize", "prizes", "seize", "seized", "bulldozer", "capsize", "glazing"];

    fn gather<'a>(steps: &'a [Step], found: &mut Vec<&'a Step>) {
        for step in steps {
            found.push(step);
            gather(&step.children, found);
        }
    }

    fn all_steps(body: &Body) -> Vec<&Step> {
        let mut found = Vec::new();
        gather(&body.tasks, &mut found);
        found
    }

    fn texts(body: &Body) -> Vec<&str> {
        let mut texts = vec![&*body.name, &*body.about, &*body.anchor.name, &*body.anchor.about];
        texts.extend(body.roles.iter().flat_map(|role| [&*role.name, &*role.about]));
        texts.extend(body.variables.iter().flat_map(|variable| [&*variable.name, &*variable.default]));
        texts.extend(body.sections.iter().map(String::as_str));
        for step in all_steps(body) {
            texts.extend([&*step.title, &*step.notes]);
            texts.extend(step.checklist.iter().map(String::as_str));
        }
        texts
    }

    #[test]
    fn every_file_is_read_and_holds() {
        for (word, _, text) in FILES {
            let body: Body = toml::from_str(text).unwrap_or_else(|error| panic!("{word}: {error}"));
            check(&body).unwrap_or_else(|wrong| panic!("{word}: {wrong:?}"));
        }
        assert_eq!(all().len(), FILES.len());
        let words: BTreeSet<_> = all().iter().map(|template| template.word).collect();
        assert_eq!(words.len(), FILES.len());
        assert_eq!(find("bas-quarter").map(|template| &*template.body.name), Some("BAS quarter"));
        assert_eq!(find("nothing"), None);
    }

    #[test]
    fn each_is_whole() {
        for Template { word, category, body } in all() {
            let steps = all_steps(body);
            assert!((8..=30).contains(&steps.len()), "{word}: {}", steps.len());
            assert!(!category.is_empty() && !body.about.is_empty() && !body.anchor.about.is_empty(), "{word}");
            assert!((1..=MOST_NAMED).contains(&body.roles.len()), "{word}");
            for role in &body.roles {
                let uses = |step: &Step| step.role.as_ref() == Some(&role.key) || step.people.contains(&role.key);
                assert!(steps.iter().any(|step| uses(step)), "{word}: nothing for {}", role.key);
                assert!(!role.about.is_empty(), "{word}: {}", role.key);
            }
            let written = texts(body).join("\n");
            for variable in body.variables.iter().filter(|variable| variable.key != "budget") {
                assert!(
                    written.contains(&format!("{{{{{}}}}}", variable.key)),
                    "{word}: {} stands nowhere",
                    variable.key
                );
            }
            for section in &body.sections {
                assert!(steps.iter().any(|step| step.section.as_ref() == Some(section)), "{word}: {section} is empty");
            }
            for step in steps {
                assert!(step.role.is_some() && step.due.is_some(), "{word}: {}", step.key);
            }
            for step in &body.tasks {
                assert!(step.section.is_some(), "{word}: {}", step.key);
            }
        }
    }

    #[test]
    fn they_are_spelt_as_in_australia() {
        let elsewhere: BTreeSet<&str> = SPELT_ELSEWHERE.split_whitespace().collect();
        for Template { word, body, .. } in all() {
            for text in texts(body) {
                assert!(!text.contains(['\'', '"', '!']), "{word}: {text}");
                for one in text.split(|c: char| !c.is_alphabetic()) {
                    let one = one.to_lowercase();
                    assert!(!elsewhere.contains(&*one), "{word}: {one} in {text}");
                    let endings =
                        ["ize", "izes", "ized", "izing", "izer", "ization", "izations", "yze", "yzed", "yzing"];
                    let is_z = endings.iter().any(|ending| one.ends_with(ending));
                    assert!(!is_z || SPELT_WITH_Z_HERE.contains(&&*one), "{word}: {one} in {text}");
                }
            }
        }
    }

    #[test]
    fn each_can_be_used_on_any_day_of_three_years() {
        // New South Wales, and a week’s rest at Christmas.
        let mut closed: BTreeSet<_> = [
            (2026, 1, 1),
            (2026, 1, 26),
            (2026, 4, 3),
            (2026, 4, 6),
            (2026, 4, 25),
            (2026, 4, 27),
            (2026, 6, 8),
            (2026, 10, 5),
            (2027, 1, 1),
            (2027, 1, 26),
            (2027, 3, 26),
            (2027, 3, 29),
            (2027, 4, 25),
            (2027, 4, 26),
            (2027, 6, 14),
            (2027, 10, 4),
            (2028, 1, 3),
            (2028, 1, 26),
            (2028, 4, 14),
            (2028, 4, 17),
            (2028, 4, 25),
            (2028, 6, 12),
            (2028, 10, 2),
        ]
        .into_iter()
        .map(|(year, month, day)| date(year, month, day))
        .collect();
        closed.extend((2025..=2028).flat_map(|year| (25..=31).map(move |day| date(year, 12, day))));
        let (roles, names, holidays) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for Template { word, body, .. } in all() {
            let variables: BTreeMap<String, String> =
                body.variables.iter().map(|variable| (variable.key.clone(), "12".to_owned())).collect();
            let checked = check(body).unwrap();
            // Every fifth day comes to each day of the week; and the days that these are made for.
            let first = date(2026, 1, 1);
            let fifths = (0..1_096).step_by(5).map(|day| first.checked_add(day.days()).unwrap());
            let due = [(2, 28), (4, 28), (6, 30), (7, 28), (10, 28)];
            let due = (2026..=2028).flat_map(|year| due.map(|(month, day)| date(year, month, day)));
            for anchor in fifths.chain(due) {
                let works = [true, true, true, true, true, false, false];
                let given = Given {
                    anchor,
                    roles: &roles,
                    names: &names,
                    variables: &variables,
                    closed: &closed,
                    holidays: &holidays,
                    works,
                };
                let plan = plan(&checked, &given).unwrap_or_else(|wrong| panic!("{word} {anchor}: {wrong:?}"));
                assert!(
                    plan.tasks.iter().all(|task| !task.title.contains("{{") && !task.notes.contains("{{")),
                    "{word}"
                );
                let open = works[usize::try_from(anchor.weekday().to_monday_zero_offset()).unwrap()]
                    && !closed.contains(&anchor);
                let is_year_end = *word == "end-of-financial-year";
                let makes_sense = !is_year_end || (anchor.month(), anchor.day()) == (6, 30);
                for warning in &plan.warnings {
                    assert!(!makes_sense || !warning.contains("waits for"), "{word} {anchor}: {warning}");
                    assert!(!open || !warning.contains("started after"), "{word} {anchor}: {warning}");
                }
                assert_eq!(
                    plan.warnings.iter().filter(|warning| warning.starts_with("Nobody")).count(),
                    body.roles.len()
                );
            }
        }
    }

    #[test]
    fn days_are_the_law_s() {
        let told = |word: &str, key: &str| {
            let body = &find(word).unwrap().body;
            let step = all_steps(body).into_iter().find(|step| step.key == key).unwrap();
            let offset = step.due.clone().unwrap();
            let title =
                |after: &String| all_steps(body).into_iter().find(|step| step.key == *after).unwrap().title.clone();
            let Offset { after, .. } = &offset;
            when(&offset, &body.anchor.name, after.as_ref().map(title).as_deref())
        };
        assert_eq!(
            told("data-breach", "deadline"),
            "30 days after the day you became aware, or the working day before"
        );
        assert_eq!(
            told("end-of-financial-year", "stp"),
            "14 days after the end of the year, or the working day before"
        );
        assert_eq!(
            told("employee-leaving", "super"),
            "7 working days after ‘Pay {{employee}}’s final pay, with a pay slip’ is due"
        );
        assert_eq!(told("bas-quarter", "pay"), "on the BAS due date, or the working day before");
    }

    #[test]
    fn no_version_differs_from_itself() {
        for template in all() {
            assert!(differences(&template.body, &template.body).is_empty());
            let json = serde_json::to_string(&template.body).unwrap();
            assert_eq!(serde_json::from_str::<Body>(&json).unwrap(), template.body);
        }
    }
}
