//! Reads filters, and says what is wrong with them.

use std::ops::Range;

use jiff::civil::Date;

use super::{
    super::words::Wanted, Called, Compare, DAYS, DEEPEST, Dated, Days, Estimate, FieldValue, HAS, KEYS, KINDS, Key,
    LONGEST, MOST_TERMS, Mark, Name, Named, Node, Number, PARTS, PRIORITIES, Parent, Problem, Query, STATES, State,
    Term, When, one_of,
};

/// What other programs call them.
const ELSEWHERE: [(&str, &str); 12] = [
    ("tag", "label"),
    ("tags", "label"),
    ("project", "list"),
    ("board", "list"),
    ("folder", "space"),
    ("column", "status"),
    ("owner", "responsible"),
    ("who", "assignee"),
    ("date", "due"),
    ("deadline", "due"),
    ("author", "created-by"),
    ("time", "estimate"),
];

const COMPARES: [(&str, Compare); 12] = [
    // The longer before their beginnings.
    (":<=", Compare::LessOrIs),
    (":>=", Compare::MoreOrIs),
    (":≤", Compare::LessOrIs),
    (":≥", Compare::MoreOrIs),
    (":<", Compare::Less),
    (":>", Compare::More),
    ("<=", Compare::LessOrIs),
    (">=", Compare::MoreOrIs),
    ("≤", Compare::LessOrIs),
    ("≥", Compare::MoreOrIs),
    ("<", Compare::Less),
    (">", Compare::More),
];

/// The last of the years that dates are taken in; the first is 1900.
const LAST_YEAR: i16 = 9900;

/// The most days, weeks, months or years from today.
pub(super) const MOST_ON: i64 = 9999;

/// The most characters of what was typed that a message repeats.
const REPEATED: usize = 40;

/// Reads a filter from left to right.
pub(super) struct Reader {
    letters: Vec<char>,
    at: usize,
    depth: usize,
    terms: usize,
    unfinished: bool,
}

/// A value as typed.
struct Typed {
    text: String,
    quoted: bool,
    at: Range<usize>,
}

type Read<T> = Result<T, Problem>;

impl Reader {
    pub(super) fn new(text: &str, unfinished: bool) -> Read<Self> {
        let letters: Vec<char> = text.chars().take(LONGEST.saturating_add(1)).collect();
        if letters.len() > LONGEST {
            let message = "That is too long. A filter has at most 2,000 characters.";
            return Err(problem(LONGEST..text.chars().count(), message));
        }
        Ok(Self { letters, at: 0, depth: 0, terms: 0, unfinished })
    }

    pub(super) fn all_of_it(mut self) -> Read<Query> {
        let node = self.any()?;
        if self.peek() == Some(')') {
            return Err(problem(self.at..self.at.saturating_add(1), "This bracket closes nothing. Remove it."));
        }
        Ok(Query(node))
    }

    /// Options with “or” between them; `None` where there is nothing.
    fn any(&mut self) -> Read<Option<Node>> {
        let mut options = Vec::new();
        let mut last = self.all()?;
        while let Some(or) = self.keyword("or") {
            let missing =
                |side: &str| problem(or.clone(), format!("Write something {side} ‘or’, or put it in quotes."));
            options.push(last.ok_or_else(|| missing("before"))?);
            last = self.all()?;
            if last.is_none() {
                return Err(missing("after"));
            }
        }
        options.extend(last);
        Ok(Node::any(options))
    }

    /// What stands side by side.
    fn all(&mut self) -> Read<Option<Node>> {
        let mut nodes = Vec::new();
        loop {
            self.skip_spaces();
            if matches!(self.peek(), None | Some(')')) || self.keyword_ahead("or") {
                return Ok(Node::all(nodes));
            }
            if self.keyword("and").is_none() {
                nodes.extend(self.one()?);
            }
        }
    }

    fn one(&mut self) -> Read<Option<Node>> {
        if let Some(not) = self.keyword("not") {
            self.skip_spaces();
            let ends = matches!(self.peek(), None | Some(')')) || self.keyword_ahead("or") || self.keyword_ahead("and");
            if ends {
                return Err(problem(not, "Write after ‘not’ what is left out, or put it in quotes."));
            }
            return Ok(self.deeper(not, Self::one)?.map(Node::not));
        }
        let dashes = self.at;
        while self.peek() == Some('-') {
            self.step();
        }
        let count = self.at.saturating_sub(dashes);
        if count == 0 {
            return self.operand();
        }
        // By itself it is a dash between words.
        if self.peek().is_none_or(|c| c.is_whitespace() || c == ')') {
            return Ok(None);
        }
        let inner = self.deeper(dashes..self.at, Self::one)?;
        Ok(if count % 2 == 1 { inner.map(Node::not) } else { inner })
    }

    fn operand(&mut self) -> Read<Option<Node>> {
        match self.peek() {
            Some('(') => {
                let opened = self.at..self.at.saturating_add(1);
                self.step();
                let inner = self.deeper(opened.clone(), Self::any)?;
                if self.peek() != Some(')') {
                    return Err(problem(opened, "This bracket isn’t closed."));
                }
                self.step();
                Ok(inner)
            }
            Some(c) if is_quote(c) => {
                let from = self.at;
                let text = self.quoted()?;
                self.text(&text, false, from)
            }
            _ => self.word(),
        }
    }

    /// `key:value`, or words to look for.
    fn word(&mut self) -> Read<Option<Node>> {
        let from = self.at;
        let name: String = self.ahead().take_while(|c| c.is_ascii_alphabetic() || matches!(c, '-' | '_')).collect();
        let after = from.saturating_add(name.len());
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic()) && !name.ends_with(['-', '_']);
        let typed_name = name;
        let name = plain(&typed_name);
        let key = one_of(&KEYS, &name);
        let next = |by: usize| self.letters.get(after.saturating_add(by)).copied();
        let sign = next(0);
        let is_sign = match sign {
            Some(':' | '=' | '<' | '>' | '≤' | '≥') => true,
            Some('.') => key == Some(Key::Field) && next(1).is_some_and(|c| !c.is_whitespace()),
            Some('!') => key.is_some() && next(1) == Some('='),
            _ => false,
        };
        if is_name && is_sign {
            if let Some(key) = key {
                self.at = after;
                return self.keyed(key, &name, from).map(|term| Some(Node::Term(term)));
            }
            let meant = one_of(&ELSEWHERE, &name).or_else(|| nearest(&name, &KEYS));
            let empty = next(1).is_none_or(|c| c.is_whitespace() || matches!(c, '(' | ')'));
            let is_address = sign == Some(':') && next(1) == Some('/') && next(2) == Some('/');
            let advice = match meant {
                Some(meant) => format!("Did you mean {meant}?"),
                None => "To look for the words, put them in quotes.".to_owned(),
            };
            // “Re: the fridge” and addresses of the web are text.
            let is_text = is_address || empty && meant.is_none();
            if !is_text {
                return Err(problem(from..after, format!("There is no ‘{}’. {advice}", repeated(&typed_name))));
            }
        }
        let typed: String =
            self.ahead().take_while(|c| !c.is_whitespace() && !matches!(c, '(' | ')') && !is_quote(*c)).collect();
        self.at = from.saturating_add(typed.chars().count());
        let unfinished = typed.ends_with('*') || self.unfinished && self.peek().is_none();
        self.text(&typed, unfinished, from)
    }

    fn text(&mut self, typed: &str, unfinished: bool, from: usize) -> Read<Option<Node>> {
        let wanted = Wanted::of(typed, unfinished);
        for _ in &wanted {
            self.count(from..self.at)?;
        }
        Ok(Node::all(wanted.into_iter().map(|wanted| Node::Term(Term::Text(wanted))).collect()))
    }

    /// What follows a key.
    fn keyed(&mut self, key: Key, name: &str, from: usize) -> Read<Term> {
        let field = if key == Key::Field { Some(self.field_name(from)?) } else { None };
        let sign = self.at;
        let compare = self.compare(name, from)?;
        let ordered = matches!(key, Key::Dated(_) | Key::Priority | Key::Estimate | Key::Progress | Key::Field);
        if compare != Compare::Is && !ordered {
            let message = format!("‘{name}’ is one or the other, not more or less. Write {name}: and what it is.");
            return Err(problem(sign..self.at, message));
        }
        let typed = self.values(key, name, from)?;
        if let (true, Some(second)) = (compare != Compare::Is, typed.get(1)) {
            return Err(problem(second.at.clone(), "More and less are of one value only."));
        }
        let exact = compare == Compare::Is;
        Ok(match key {
            Key::Named(key) => Term::Named(key, each(&typed, |one| named(key, name, one))?),
            Key::Priority => Term::Priority(
                compare,
                each(&typed, |one| {
                    let digit = figures(&one.text, 1).filter(|level| *level < 5);
                    digit.map_or_else(|| chosen(one, name, &PRIORITIES), Ok)
                })?,
            ),
            Key::Dated(key) => Term::Dated(key, compare, each(&typed, |one| when(key, name, one, exact))?),
            Key::Estimate => Term::Estimate(compare, each(&typed, |one| estimate(one, exact))?),
            Key::Progress => Term::Progress(
                compare,
                each(&typed, |one| {
                    let part = figures(one.text.strip_suffix('%').unwrap_or(&one.text), 3).filter(|part| *part <= 100);
                    part.ok_or_else(|| problem(one.at.clone(), "Write a number from 0 to 100, like progress<50."))
                })?,
            ),
            Key::Parent => Term::Parent(each(&typed, parent)?),
            Key::Has => Term::Has(each(&typed, |one| chosen(one, name, &HAS))?),
            Key::Is => Term::Is(each(&typed, state)?),
            Key::No => Term::No(each(&typed, |one| chosen(one, name, &PARTS))?),
            Key::Me(mark) => {
                each(&typed, |one| match plain(&one.text).as_str() {
                    "me" => Ok(()),
                    _ => Err(problem(one.at.clone(), format!("Only {name}:me can be asked for."))),
                })?;
                Term::Me(mark)
            }
            Key::Field => {
                let values = each(&typed, |one| field_value(one, exact))?;
                Term::Field(field.ok_or_else(|| no_field(from..self.at))?, compare, values)
            }
        })
    }

    /// `.Name`, `."Two words"` or `:"Two words"`, after “field”.
    fn field_name(&mut self, from: usize) -> Read<Called> {
        if !matches!(self.peek(), Some('.' | ':')) {
            return Err(no_field(from..self.at));
        }
        self.step();
        let typed = if self.peek().is_some_and(is_quote) {
            self.quoted()?
        } else {
            let ends = |c: &char| {
                c.is_whitespace() || is_quote(*c) || matches!(c, '(' | ')' | ',' | ':' | '=' | '<' | '>' | '≤' | '≥')
            };
            let typed: String = self.ahead().take_while(|c| !ends(c)).collect();
            self.at = self.at.saturating_add(typed.chars().count());
            typed
        };
        Called::new(&typed).ok_or_else(|| no_field(from..self.at))
    }

    fn compare(&mut self, name: &str, from: usize) -> Read<Compare> {
        for (sign, compare) in COMPARES {
            if self.ahead().zip(sign.chars()).filter(|(c, d)| c == d).count() == sign.chars().count() {
                self.at = self.at.saturating_add(sign.chars().count());
                return Ok(compare);
            }
        }
        match self.peek() {
            Some(':') => {
                self.step();
                if self.peek() == Some('=') {
                    self.step();
                }
                Ok(Compare::Is)
            }
            Some('=') => {
                self.step();
                Ok(Compare::Is)
            }
            Some('!') => {
                let message = format!("Write -{name}: for what it is not.");
                Err(problem(self.at..self.at.saturating_add(2), message))
            }
            _ => Err(no_field(from..self.at)),
        }
    }

    /// Values with commas between them; at least one.
    fn values(&mut self, key: Key, name: &str, from: usize) -> Read<Vec<Typed>> {
        let mut values = Vec::new();
        loop {
            let at = self.at;
            let quoted = self.peek().is_some_and(is_quote);
            let text = if quoted {
                self.quoted()?
            } else {
                let ends = |c: &char| c.is_whitespace() || is_quote(*c) || matches!(c, '(' | ')' | ',');
                let text: String = self.ahead().take_while(|c| !ends(c)).collect();
                self.at = self.at.saturating_add(text.chars().count());
                text
            };
            if text.trim().is_empty() {
                let example = example(key);
                let message = if values.is_empty() {
                    format!("Write what follows ‘{name}’ without a space, like {example}.")
                } else {
                    "Something is missing after the comma.".to_owned()
                };
                return Err(problem(from..self.at, message));
            }
            self.count(from..self.at)?;
            values.push(Typed { text, quoted, at: at..self.at });
            if self.peek() != Some(',') {
                return Ok(values);
            }
            self.step();
        }
    }

    /// What stands between quotes, of which the first is next.
    fn quoted(&mut self) -> Read<String> {
        let from = self.at;
        let closes: &[char] = if self.peek() == Some('"') { &['"'] } else { &['"', '”'] };
        self.step();
        let mut text = String::new();
        loop {
            match self.peek() {
                None if self.unfinished => return Ok(text),
                None => return Err(problem(from..from.saturating_add(1), "This quotation mark isn’t closed.")),
                Some(c) if closes.contains(&c) => {
                    self.step();
                    return Ok(text);
                }
                Some('\\') => {
                    self.step();
                    match self.peek() {
                        Some(c @ ('"' | '\\')) => {
                            self.step();
                            text.push(c);
                        }
                        _ => text.push('\\'),
                    }
                }
                Some(c) => {
                    self.step();
                    text.push(c);
                }
            }
        }
    }

    fn deeper<T>(&mut self, at: Range<usize>, read: fn(&mut Self) -> Read<T>) -> Read<T> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEEPEST {
            return Err(problem(at, "There are too many brackets within each other here. Use at most 32."));
        }
        let inner = read(self);
        self.depth = self.depth.saturating_sub(1);
        inner
    }

    fn count(&mut self, at: Range<usize>) -> Read<()> {
        self.terms = self.terms.saturating_add(1);
        if self.terms > MOST_TERMS {
            return Err(problem(at, "That is too much at once. A filter asks for at most 100 things."));
        }
        Ok(())
    }

    /// Takes a keyword, and says where it was.
    fn keyword(&mut self, word: &str) -> Option<Range<usize>> {
        let from = self.at;
        self.keyword_ahead(word).then(|| {
            self.at = from.saturating_add(word.len());
            from..self.at
        })
    }

    fn keyword_ahead(&self, word: &str) -> bool {
        let is_it = self.ahead().zip(word.chars()).filter(|(c, d)| c.eq_ignore_ascii_case(d)).count() == word.len();
        let after = self.letters.get(self.at.saturating_add(word.len()));
        is_it && after.is_none_or(|c| c.is_whitespace() || is_quote(*c) || matches!(c, '(' | ')'))
    }

    fn ahead(&self) -> impl Iterator<Item = char> + '_ {
        self.letters.iter().skip(self.at).copied()
    }

    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn step(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    fn skip_spaces(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.step();
        }
    }
}

fn problem(at: Range<usize>, message: impl Into<String>) -> Problem {
    Problem { at: at.start, length: at.len(), message: message.into() }
}

fn no_field(at: Range<usize>) -> Problem {
    problem(at, "Write the field’s name and what it says, like field.Size:large or field:\"Job size\"=large.")
}

const fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”')
}

const fn example(key: Key) -> &'static str {
    match key {
        Key::Named(Named::Status) => "status:open",
        Key::Named(Named::Assignee) => "assignee:me",
        Key::Named(Named::Responsible) => "responsible:me",
        Key::Named(Named::CreatedBy) => "created-by:me",
        Key::Named(Named::Team) => "team:mine",
        Key::Named(Named::Label) => "label:urgent",
        Key::Named(Named::List) => "list:\"Site handover\"",
        Key::Named(Named::Space) => "space:Clinic",
        Key::Named(Named::Section) => "section:\"First week\"",
        Key::Dated(Dated::Due) => "due:today",
        Key::Dated(Dated::Start) => "start:this-week",
        Key::Dated(Dated::Created) => "created:yesterday",
        Key::Dated(Dated::Completed) => "completed:last-week",
        Key::Dated(Dated::Updated) => "updated:today",
        Key::Priority => "priority:high",
        Key::Estimate => "estimate>1h",
        Key::Progress => "progress<50",
        Key::Parent => "parent:T-12",
        Key::Has => "has:notes",
        Key::Is => "is:overdue",
        Key::No => "no:due",
        Key::Me(Mark::Following) => "following:me",
        Key::Me(_) => "mentions:me",
        Key::Field => "field.Size:large",
    }
}

fn each<T>(typed: &[Typed], read: impl Fn(&Typed) -> Read<T>) -> Read<Vec<T>> {
    typed.iter().map(read).collect()
}

fn named(key: Named, name: &str, typed: &Typed) -> Read<Name> {
    let keyword = if typed.quoted { None } else { key.keyword(&typed.text) };
    let called = || Called::new(&typed.text).map(Name::Called);
    keyword.or_else(called).ok_or_else(|| {
        problem(typed.at.clone(), format!("Write a name after ‘{name}’, like {}.", example(Key::Named(key))))
    })
}

/// One of a few words.
fn chosen<T: Copy>(typed: &Typed, name: &str, all: &[(&'static str, T)]) -> Read<T> {
    let word = plain(&typed.text);
    one_of(all, &word).ok_or_else(|| {
        let there_is_no = format!("There is no ‘{name}:{}’.", repeated(&typed.text));
        problem(
            typed.at.clone(),
            match nearest(&word, all) {
                Some(near) => format!("{there_is_no} Did you mean {name}:{near}?"),
                None => format!("{there_is_no} Choose from {}.", listed(all)),
            },
        )
    })
}

fn listed<T>(all: &[(&'static str, T)]) -> String {
    let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    match names.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => names.concat(),
    }
}

fn state(typed: &Typed) -> Read<State> {
    match plain(&typed.text).as_str() {
        "trashed" | "deleted" => {
            Err(problem(typed.at.clone(), "A filter never shows deleted tasks. Open the trash to see them."))
        }
        word => match one_of(&KINDS, word) {
            Some(_) => Err(problem(typed.at.clone(), format!("Write status:{word} instead."))),
            None => chosen(typed, "is", &STATES),
        },
    }
}

fn when(key: Dated, name: &str, typed: &Typed, exact: bool) -> Read<When> {
    let word = plain(&typed.text);
    let found = match word.as_str() {
        "none" => When::None,
        "any" => When::Any,
        "overdue" if key == Dated::Due => When::Overdue,
        _ => match Days::read(&typed.text) {
            Some(days) => When::In(days),
            None => return Err(no_date(name, typed, &word)),
        },
    };
    if exact || matches!(found, When::In(_)) {
        return Ok(found);
    }
    Err(problem(typed.at.clone(), format!("Nothing is before or after ‘{word}’. Write {name}:{word}.")))
}

fn no_date(name: &str, typed: &Typed, word: &str) -> Problem {
    let figures_first = word.starts_with(|c: char| c.is_ascii_digit());
    let message = if figures_first && word.ends_with(['d', 'w', 'm', 'y']) {
        let word = repeated(word);
        format!("Write {name}:+{word} for the time to come, {name}:-{word} for the time past.")
    } else if let Some(near) = nearest(word, &DAYS) {
        format!("There is no ‘{name}:{}’. Did you mean {name}:{near}?", repeated(&typed.text))
    } else {
        let typed = repeated(&typed.text);
        format!("‘{typed}’ is not a date. Write one like today, next-week, +7d, 2026-12-01 or 1/12/2026.")
    };
    problem(typed.at.clone(), message)
}

fn estimate(typed: &Typed, exact: bool) -> Read<Estimate> {
    match plain(&typed.text).as_str() {
        "none" if exact => Ok(Estimate::None),
        "any" if exact => Ok(Estimate::Any),
        word => minutes(word)
            .map(Estimate::Minutes)
            .ok_or_else(|| problem(typed.at.clone(), "Write hours and minutes like 2h, 45m or 1h30m.")),
    }
}

fn parent(typed: &Typed) -> Read<Parent> {
    match plain(&typed.text).as_str() {
        "none" => Ok(Parent::None),
        "any" => Ok(Parent::Any),
        word => figures(word.strip_prefix("t-").unwrap_or(word), 18)
            .map(Parent::Number)
            .ok_or_else(|| problem(typed.at.clone(), "Write a task’s number, like parent:T-12.")),
    }
}

fn field_value(typed: &Typed, exact: bool) -> Read<FieldValue> {
    let keyword = if typed.quoted { None } else { field_keyword(&typed.text) };
    if let Some(keyword) = keyword.filter(|_| exact) {
        return Ok(keyword);
    }
    let called = Called::new(&typed.text);
    let called =
        called.ok_or_else(|| problem(typed.at.clone(), "Write what the field says, like field.Size:large."))?;
    let (number, days) = (Number::read(&called.typed), Days::read(&called.typed));
    if exact || number.is_some() || days.is_some() {
        return Ok(FieldValue::Typed(called, number, days));
    }
    let message = "Only numbers, money and dates are more or less than others, like field.Size>20.";
    Err(problem(typed.at.clone(), message))
}

impl Named {
    /// What a word means where it isn’t in quotes, if it isn’t a name.
    pub(super) fn keyword(self, word: &str) -> Option<Name> {
        match (self, plain(word).as_str()) {
            (Self::Status, word) => one_of(&KINDS, word).map(Name::Kind),
            (Self::Assignee | Self::Responsible | Self::CreatedBy, "me") | (Self::Team, "mine") => Some(Name::Own),
            (Self::List | Self::Space, _) => None,
            (_, "none") => Some(Name::None),
            (_, "any") => Some(Name::Any),
            _ => None,
        }
    }
}

impl Days {
    fn read(text: &str) -> Option<Self> {
        let word = plain(text);
        one_of(&DAYS, &word).or_else(|| Self::from_today(&word)).or_else(|| date(text).map(Self::On))
    }

    /// `+7d`, `-2w`, `+1m`, `-1y`.
    fn from_today(word: &str) -> Option<Self> {
        let (back, rest) = match word.strip_prefix('+') {
            Some(rest) => (false, rest),
            None => (true, word.strip_prefix(['-', '−', '–'])?),
        };
        let unit = rest.chars().next_back()?;
        let count = figures(rest.strip_suffix(unit)?, 4)?;
        let count = if back { count.saturating_neg() } else { count };
        match unit {
            'd' => Some(Self::Day(count)),
            'w' => Some(Self::Day(count.saturating_mul(7))),
            'm' => Some(Self::Months(count)),
            'y' => Some(Self::Months(count.saturating_mul(12))),
            _ => None,
        }
    }
}

impl Number {
    /// `-1,500.50`, `$20`, `7%`.
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, text) = text.strip_prefix(['-', '−']).map_or((false, text), |rest| (true, rest));
        let text = text.strip_prefix('$').unwrap_or(text);
        let text = text.strip_suffix('%').unwrap_or(text).replace(',', "");
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        let decimals = u8::try_from(part.len()).ok()?;
        if whole.is_empty() || part.is_empty() && text.contains('.') {
            return None;
        }
        let units = figures(&format!("{whole}{part}"), 18)?;
        Some(Self(if negative { units.saturating_neg() } else { units }, decimals))
    }
}

/// A name among others, as it is written in a filter: small letters, and “_” is “-”.
fn plain(word: &str) -> String {
    word.to_lowercase().replace('_', "-")
}

pub(super) fn field_keyword(word: &str) -> Option<FieldValue> {
    match plain(word).as_str() {
        "none" => Some(FieldValue::None),
        "any" => Some(FieldValue::Any),
        "me" => Some(FieldValue::Me),
        _ => None,
    }
}

/// So many digits at most, and nothing else.
fn figures(text: &str, most: usize) -> Option<i64> {
    let digits = !text.is_empty() && text.len() <= most && text.bytes().all(|c| c.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// `2026-12-01`, `1/12/2026`, `1/12/26`.
fn date(text: &str) -> Option<Date> {
    let (year, month, day) = if text.contains('/') {
        let mut parts = text.splitn(3, '/');
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        let year = match year.len() {
            2 => figures(year, 2)?.saturating_add(2000),
            4 => figures(year, 4)?,
            _ => return None,
        };
        (year, figures(month, 2)?, figures(day, 2)?)
    } else {
        let mut parts = text.splitn(3, '-');
        (figures(parts.next()?, 4)?, figures(parts.next()?, 2)?, figures(parts.next()?, 2)?)
    };
    let year = i16::try_from(year).ok().filter(|year| (1900..=LAST_YEAR).contains(year))?;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// `2h`, `45m`, `1h30m`, `1.5h`.
fn minutes(text: &str) -> Option<i64> {
    let text = text.to_lowercase();
    let (hours, rest) = text.split_once('h').unwrap_or(("", &text));
    let (whole, part) = hours.split_once('.').unwrap_or((hours, ""));
    let minutes = match rest.strip_suffix('m') {
        Some(minutes) => figures(minutes, 5)?,
        None if rest.is_empty() && !whole.is_empty() => 0,
        None => return None,
    };
    let hundredths = match part.len() {
        0 if !hours.contains('.') => 0,
        1 => figures(part, 1)?.saturating_mul(10),
        2 => figures(part, 2)?,
        _ => return None,
    };
    let hours = if text.contains('h') { figures(whole, 5)? } else { 0 };
    let part = hundredths.saturating_mul(60).saturating_add(50) / 100;
    Some(hours.saturating_mul(60).saturating_add(part).saturating_add(minutes))
}

/// What was typed, as a message repeats it.
fn repeated(text: &str) -> String {
    let mut short: String = text.chars().take(REPEATED).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// The name that is nearest to a word: what was meant, if somebody mistyped it.
fn nearest<T>(word: &str, all: &[(&'static str, T)]) -> Option<&'static str> {
    let letters: Vec<char> = word.chars().take(REPEATED).collect();
    let most = letters.len().saturating_add(1) / 3;
    let near = |(name, _): &(&'static str, T)| {
        let by = distance(&letters, &name.chars().collect::<Vec<_>>());
        let begun = letters.len() > 2 && name.starts_with(word);
        (by <= most.clamp(1, 3) && by < letters.len() || begun).then_some((by, *name))
    };
    all.iter().filter_map(near).min_by_key(|(by, _)| *by).map(|(_, name)| name)
}

/// How many letters have to be changed, left out, put in, or swapped with the next.
pub(super) fn distance(one: &[char], other: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    let mut last = None;
    for (nth, c) in one.iter().enumerate() {
        let mut next = vec![nth.saturating_add(1)];
        let mut left = None;
        for (at, d) in other.iter().enumerate() {
            let of = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX).saturating_add(1);
            let same = of(&row, at).saturating_sub(usize::from(c == d));
            let mut by = same.min(of(&row, at.saturating_add(1))).min(of(&next, at));
            if left == Some(c) && last == Some(d) {
                by = by.min(of(&before, at.saturating_sub(1)));
            }
            next.push(by);
            left = Some(d);
        }
        before = std::mem::replace(&mut row, next);
        last = Some(c);
    }
    row.last().copied().unwrap_or_default()
}
