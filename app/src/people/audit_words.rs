//! What the audit log's entries say: sentences, with the names that things have now. No name stands in the log itself.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{
    invitations,
    members::{self, Member},
};
use crate::{
    audit::{self, Detail, Entry, Told, readable},
    auth::accounts::{self, Person},
    billing::terms::PLANS_OWN,
    error::Result,
    ids::{TokenId, UserId},
    modules::MODULES,
    names,
    onboarding::partners,
    org::{ALL_MODULES, OrgTx},
    permissions,
    platform::Platform,
    sql, webhooks,
};

/// Somebody whose account is gone.
const LEFT: &str = "somebody who has left";

/// What whoever runs the platform does to an organisation: their name is no business of its people.
const OPERATORS: &[&str] = &[
    "platform.plan_changed",
    "platform.partner_agreed",
    "platform.partner_ended",
    "platform.suspended",
    "platform.restored",
];

/// An entry in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// "Priya Raman", "API token “Website”", "Devalo".
    pub who: String,
    /// The name of the person that it is about, if it is about one.
    pub subject: String,
    /// "Priya Raman invited casey@example.com as a manager"
    pub sentence: String,
    /// "Role: member → admin", each by itself.
    pub more: Vec<String>,
}

/// The words of entries, one for each. However many there are, what they name is read in as few statements.
///
/// # Errors
/// The database is busy.
pub async fn tell(tx: &mut OrgTx, entries: &[Entry]) -> Result<Vec<Words>> {
    let platform = tx.platform().clone();
    let names = Names::of(tx, entries).await?;
    let mut told = HashMap::new();
    for module in MODULES {
        let theirs: Vec<&Entry> =
            entries.iter().filter(|entry| module.happenings().iter().any(|(name, _)| *name == entry.action)).collect();
        if !theirs.is_empty() {
            told.extend(module.tell(tx, theirs).await?);
        }
    }
    let words = |entry: &Entry| {
        let who = names.who(entry);
        let (starts, Told { what, said }) = own(entry, &names, &who)
            .unwrap_or_else(|| (who.clone(), told.remove(&entry.number).unwrap_or_else(|| audit::told(&entry.action))));
        Words {
            sentence: format!("{starts} {what}"),
            subject: names.people.get(&entry.subject).cloned().unwrap_or_default(),
            more: more(&platform, &entry.detail, said),
            who,
        }
    };
    Ok(entries.iter().map(words).collect())
}

/// Who can be asked for: ids and names.
///
/// # Errors
/// The database is busy.
pub async fn listed(tx: &mut OrgTx) -> Result<Vec<(String, String)>> {
    let members = members::all(tx).await?;
    let alike = alike(members.iter().map(|member| (member.user.0, member.name.as_str())));
    let people = members.into_iter().map(|Member { user, name, email, .. }| {
        let name = if alike.contains(&user.0) { with_address(&name, &email) } else { name };
        (user.to_string(), name)
    });
    let mut listed: Vec<_> = people.collect();
    listed.extend(tokens(tx).await?.into_iter().map(|(id, name)| (id.to_string(), token(&name))));
    Ok(listed)
}

/// What an entry of the platform's own says: who, and what they did.
fn own(entry: &Entry, names: &Names, who: &str) -> Option<(String, Told)> {
    let role = entry.detail.get("role").map(a_role).unwrap_or_default();
    let person = || names.person(entry.subject);
    let by_itself = entry.actor_kind == "user" && entry.actor == Some(entry.subject);
    let saying_role = |what: String| Told::saying(what, &["role"]);
    let what = match entry.action.as_str() {
        "platform.details_saved" => Told::new("changed the business’s details"),
        "platform.token_made" => Told::new(format!("made {}", names.token(entry.subject))),
        "platform.token_revoked" => Told::new(format!("revoked {}", names.token(entry.subject))),
        "platform.member_changed" => Told::new(format!("changed what {} may do", person())),
        "platform.member_removed" if role.is_empty() => Told::new(format!("removed {}", person())),
        "platform.member_removed" => saying_role(format!("removed {}, who was {role}", person())),
        "platform.member_left" => return Some((names.first(entry.subject), Told::new("left the organisation"))),
        "platform.invited" if role.is_empty() => Told::new(format!("invited {}", names.invited(entry.subject))),
        "platform.invited" => saying_role(format!("invited {} as {role}", names.invited(entry.subject))),
        "platform.invited_again" if entry.detail.get("address").is_some() => {
            let sentence = format!("sent the invitation for {} to another address", names.invited(entry.subject));
            Told::saying(sentence, &["address"])
        }
        "platform.invited_again" => Told::new(format!("sent {} their invitation again", names.invited(entry.subject))),
        "platform.invitation_withdrawn" => Told::new("withdrew an invitation"),
        // An invitation lets them in, and they are who took it up.
        "platform.joined" if role.is_empty() => {
            return Some((names.first(entry.subject), Told::new("joined the organisation")));
        }
        "platform.joined" => return Some((names.first(entry.subject), saying_role(format!("joined as {role}")))),
        "platform.plan_changed" => Told::new("changed the plan"),
        "platform.plan_started" => match plan_started(&entry.detail) {
            Some(started) => return Some(started),
            None => Told::new("started the plan"),
        },
        "platform.plan_agreed" => Told::new("noted what was agreed to when signing up"),
        "platform.plan_chosen" => Told::new("chose another plan"),
        "platform.plan_stopped" => Told::new("cancelled the plan"),
        "platform.plan_resumed" => Told::new("kept the plan"),
        "platform.plan_paid" => Told::new("noted what is paid for, as Stripe says"),
        "platform.payments_connected" => Told::new("connected a Stripe account that clients pay to"),
        "platform.payments_stopped" => Told::new("stopped taking payments from clients"),
        "platform.payments_resumed" => Told::new("took payments from clients again"),
        "platform.payments_changed" => Told::new("noted where the Stripe account stands, as Stripe says"),
        "platform.module_on" => Told::saying(format!("turned {} on", module(entry)), &["module"]),
        "platform.module_off" => Told::saying(format!("turned {} off", module(entry)), &["module"]),
        "platform.business_invited" => Told::new(format!("invited {}", names.business(entry.subject))),
        "platform.business_invited_again" => {
            Told::new(format!("sent {} its invitation again", names.business(entry.subject)))
        }
        "platform.business_invitation_withdrawn" => {
            Told::new(format!("took the invitation of {} back", names.business(entry.subject)))
        }
        "platform.partner_agreed" => Told::new("agreed to what the organisation may offer as a partner"),
        "platform.partner_ended" => Told::new("ended the partnership"),
        "platform.suspended" => Told::new("suspended the organisation"),
        "platform.restored" => Told::new("opened the organisation again"),
        "platform.security_saved" => Told::new("changed how people log in"),
        "platform.factor_reset_asked" => Told::new(format!("asked to remove the two-step login of {}", person())),
        "platform.factor_reset_cancelled" if by_itself => Told::new("kept their two-step login"),
        "platform.factor_reset_cancelled" => {
            Told::new(format!("cancelled removing the two-step login of {}", person()))
        }
        "platform.factor_reset_done" => Told::new(format!("removed the two-step login of {}", person())),
        "platform.ownership_offered" => Told::new(format!("offered the ownership to {}", person())),
        "platform.ownership_withdrawn" => Told::new("called off the change of owner"),
        "platform.ownership_taken" => Told::new(format!("became the owner, after {}", person())),
        "platform.audit_exported" => Told::new("exported the audit log"),
        "platform.look_saved" => Told::new("changed how the public pages look"),
        "platform.export_asked" => Told::new("asked for an export of the organisation’s data"),
        "platform.export_downloaded" => Told::new("downloaded an export of the organisation’s data"),
        "platform.closing_asked" => Told::new("closed the organisation, to be deleted"),
        "platform.closing_undone" => Told::new("kept the organisation after all"),
        "platform.support_asked" => {
            return Some((names.first(entry.subject), Told::new("asked to look as support")));
        }
        "platform.support_given" => Told::new("let support look at the organisation"),
        "platform.support_declined" => Told::new("didn’t let support look"),
        "platform.support_ended" => Told::new("ended support’s access"),
        "platform.support_looked" => match entry.detail.get("where") {
            None => Told::new("looked as support"),
            Some("platform.enter") => Told::saying("opened the dashboard", &["where"]),
            Some(name) => Told::saying(format!("looked at {}", seen_by(&small(&permission(name)))), &["where"]),
        },
        _ => webhooks::words::told(&entry.action, names.webhook(entry.subject))?,
    };
    Some((who.to_owned(), what))
}

/// "Team plan started: 7 people, $77.00 a month, trial until 13 December 2026"; one that waits for its first payment is agreed, and starts
/// with that. `None` where it isn’t told which plan.
fn plan_started(detail: &Detail) -> Option<(String, Told)> {
    const SAID: &[&str] = &["plan", "price", "period", "seats", "last day", "state", "modules"];
    // Modules of its own are told besides.
    const BUT_MODULES: &[&str] = &["plan", "price", "period", "seats", "last day", "state"];
    let plan = detail.get("plan")?;
    let part = |name: &str| detail.get(name).unwrap_or_default();
    let people = match part("seats") {
        "1" => "1 person".to_owned(),
        "no limit" => "any number of people".to_owned(),
        seats => format!("{seats} people"),
    };
    let price = match part("price") {
        "$0.00" => "free".to_owned(),
        price => format!("{price} a {}", part("period")),
    };
    let unpaid = (part("last day"), part("state")) == ("none", "past due");
    let until = match (part("last day"), part("state")) {
        _ if unpaid => Some("the first payment due at once".to_owned()),
        ("none", _) => None,
        (day, "trial") => Some(format!("trial until {day}")),
        (day, _) => Some(format!("until {day}")),
    };
    let all: Vec<String> = [people, price].into_iter().chain(until).collect();
    let said = if part("modules") == PLANS_OWN { SAID } else { BUT_MODULES };
    let began = if unpaid { "agreed" } else { "started" };
    Some((format!("{plan} plan"), Told::saying(format!("{began}: {}", all.join(", ")), said)))
}

/// The rest of what an entry tells, each thing under its name in words.
fn more(platform: &Platform, detail: &Detail, said: &[&str]) -> Vec<String> {
    // Who did it is said to be support.
    let left = detail.each().filter(|(name, _)| !said.contains(name) && *name != audit::AS);
    left.map(|(name, value)| {
        let label = match name {
            "also" => "Beyond the role".to_owned(),
            "idle minutes" => "Logged out when idle for".to_owned(),
            "may" => "May".to_owned(),
            "second factor" => "Two-step login".to_owned(),
            "state" => "Standing".to_owned(),
            other => capital(&readable(other)),
        };
        // Both sides of a change, each by itself.
        let sides: Vec<_> = value.split(" → ").map(|side| side_in_words(platform, name, side)).collect();
        format!("{label}: {}", sides.join(" → "))
    })
    .collect()
}

fn side_in_words(platform: &Platform, name: &str, side: &str) -> String {
    let list = |words: &dyn Fn(&str) -> String| {
        let all: Vec<_> = side.split([' ', ',']).filter(|word| !word.is_empty()).map(words).collect();
        all.join(", ")
    };
    match (name, side) {
        ("also" | "modules", "–") => "nothing".to_owned(),
        ("also" | "may", _) => list(&permission),
        ("modules", PLANS_OWN) => side.to_owned(),
        ("modules", ALL_MODULES) => "every module".to_owned(),
        ("modules", _) => list(&titled),
        ("second factor", "optional") => "not required".to_owned(),
        ("second factor", "admins") => "required for admins".to_owned(),
        ("second factor", "everyone") => "required for everybody".to_owned(),
        ("idle minutes", "1") => "1 minute".to_owned(),
        ("idle minutes", _) => format!("{side} minutes"),
        ("plan", _) => {
            platform.plans().current(side).map_or_else(|| capital(&readable(side)), |plan| plan.title.clone())
        }
        ("state", "past_due") => "payment late".to_owned(),
        _ => side.replace('_', " "),
    }
}

/// "Calendar", as the module that an entry names is called now.
fn module(entry: &Entry) -> String {
    entry.detail.get("module").map_or_else(|| "a module".to_owned(), titled)
}

fn titled(name: &str) -> String {
    let found = MODULES.iter().find(|module| module.name() == name);
    found.map_or_else(|| capital(&readable(name)), |module| module.title().to_owned())
}

fn permission(name: &str) -> String {
    permissions::named(name).map_or_else(|| capital(&readable(name)), |permission| permission.label.to_owned())
}

/// What somebody looks at who may only look where that can be done: "people", where they are managed.
fn seen_by(permission: &str) -> &str {
    ["see ", "change ", "manage ", "set up "]
        .iter()
        .find_map(|verb| permission.strip_prefix(verb))
        .unwrap_or(permission)
}

/// "an admin", "a manager", "the owner".
fn a_role(role: &str) -> String {
    match role {
        "owner" => "the owner".to_owned(),
        "admin" => "an admin".to_owned(),
        other => format!("a {}", readable(other)),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

fn small(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_lowercase).chain(letters).collect()
}

fn token(name: &str) -> String {
    format!("API token “{name}”")
}

async fn tokens(tx: &mut OrgTx) -> Result<Vec<(TokenId, String)>> {
    Ok(sql!(all(TokenId, String), &mut *tx, "SELECT id, name FROM api_tokens WHERE org_id = $1 ORDER BY name, id")?)
}

/// Who and what the ids of some entries are.
struct Names {
    people: HashMap<Uuid, String>,
    tokens: HashMap<Uuid, String>,
    webhooks: HashMap<Uuid, String>,
    invited: HashMap<Uuid, String>,
    businesses: HashMap<Uuid, String>,
}

impl Names {
    async fn of(tx: &mut OrgTx, entries: &[Entry]) -> Result<Self> {
        let any = |of: &dyn Fn(&Entry) -> bool| entries.iter().any(of);
        let mut users: HashSet<Uuid> =
            entries.iter().filter(|entry| entry.actor_kind == "user").filter_map(|entry| entry.actor).collect();
        users.extend(entries.iter().filter(|entry| is_of_a_person(&entry.action)).map(|entry| entry.subject));
        // Who left is still who it was.
        let platform = tx.platform().clone();
        let mut people = accounts::names_in(&platform, tx.platform_part(), users.iter().copied()).await?;
        // Anybody may call themselves what they like: whoever reads can tell one from the other all the same.
        let members = members::all(tx).await?;
        let here = members.iter().map(|member| (member.user.0, member.name.as_str()));
        let alike = alike(here.chain(people.iter().map(|(user, name)| (*user, name.as_str()))));
        for user in users.intersection(&alike) {
            let Person { name, email } = accounts::person_in(&platform, tx.platform_part(), UserId(*user)).await?;
            people.insert(*user, with_address(&name, &email));
        }
        let tokens = if any(&|entry| entry.actor_kind == "token" || entry.action.starts_with("platform.token_")) {
            tokens(tx).await?
        } else {
            Vec::new()
        };
        let webhooks = if any(&|entry| entry.action.starts_with("platform.webhook_")) {
            webhooks::endpoints::names(tx).await?
        } else {
            Vec::new()
        };
        let invited = if any(&|entry| entry.action.starts_with("platform.invited")) {
            invitations::open_ones(tx).await?
        } else {
            Vec::new()
        };
        let of_business = |entry: &&Entry| entry.action.starts_with("platform.business_");
        let businesses: Vec<Uuid> = entries.iter().filter(of_business).map(|entry| entry.subject).collect();
        let businesses = partners::names_of_invited(tx, businesses).await?;
        Ok(Self {
            businesses,
            people,
            tokens: tokens.into_iter().map(|(id, name)| (id.0, name)).collect(),
            webhooks: webhooks.into_iter().map(|(id, name)| (id.0, name)).collect(),
            invited: invited.into_iter().map(|open| (open.id.0, open.email)).collect(),
        })
    }

    fn who(&self, entry: &Entry) -> String {
        match (entry.actor_kind.as_str(), entry.actor) {
            ("user", Some(id)) if entry.detail.is_of_support() => format!("{} (Devalo support)", self.first(id)),
            ("user", Some(id)) => self.first(id),
            ("token", Some(id)) => self.tokens.get(&id).map_or_else(|| "An API token".to_owned(), |name| token(name)),
            _ if OPERATORS.contains(&entry.action.as_str()) => "Whoever runs this platform".to_owned(),
            _ => "Devalo".to_owned(),
        }
    }

    fn person(&self, id: Uuid) -> &str {
        self.people.get(&id).map_or(LEFT, String::as_str)
    }

    /// The same where a sentence begins. Names stay as they are.
    fn first(&self, id: Uuid) -> String {
        self.people.get(&id).cloned().unwrap_or_else(|| capital(LEFT))
    }

    fn token(&self, id: Uuid) -> String {
        self.tokens
            .get(&id)
            .map_or_else(|| "an API token that is gone".to_owned(), |name| format!("the {}", token(name)))
    }

    fn webhook(&self, id: Uuid) -> Option<&str> {
        self.webhooks.get(&id).map(String::as_str)
    }

    fn business(&self, id: Uuid) -> &str {
        self.businesses.get(&id).map_or("a business", String::as_str)
    }

    fn invited(&self, id: Uuid) -> &str {
        self.invited.get(&id).map_or("somebody", String::as_str)
    }
}

/// Those of these people whose name another of them has too, as it is read.
fn alike<'n>(people: impl Iterator<Item = (Uuid, &'n str)>) -> HashSet<Uuid> {
    let mut by_name: HashMap<String, HashSet<Uuid>> = HashMap::new();
    for (user, name) in people {
        by_name.entry(names::as_read(name)).or_default().insert(user);
    }
    by_name.into_values().filter(|users| users.len() > 1).flatten().collect()
}

/// "Priya Raman (priya@example.com)"
fn with_address(name: &str, email: &str) -> String {
    format!("{name} ({email})")
}

/// Its subject is somebody's id.
fn is_of_a_person(action: &str) -> bool {
    ["platform.member_", "platform.joined", "platform.factor_reset_", "platform.ownership_", "platform.support_asked"]
        .iter()
        .any(|start| action.starts_with(start))
}
