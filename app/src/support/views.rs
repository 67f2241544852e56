//! What pages say about support, worded on the server.

use super::{
    api::{LookedLine, OpenSupport, Question, SupportPage},
    consent::{self, Latest, moment, moment_from},
};
use crate::{
    admin::{operator::Operator, wire::OrgSupport},
    audit::{self, Filter},
    auth::{
        accounts,
        overview::ago,
        standing::{LoggedIn, Standing},
        wire::ShellNotice,
    },
    db::Access,
    error::Result,
    ids::UserId,
    org::{Actor, OrgRef, OrgTx, Role},
    people::audit_words,
    permissions,
    platform::Platform,
    platform_sql,
    request::LookedAt,
};

/// So much of what was looked at is shown; the audit log has all of it.
const SHOWN: i64 = 100;

/// Where nobody runs the platform with a second factor.
const NOBODY: &str = "nobody at the moment";

/// The page of support's access, for the owner and the admins.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn page(platform: &Platform, person: LoggedIn, org: &str) -> Result<SupportPage> {
    let actor = Actor::User(person.user());
    let mut tx = OrgTx::open(platform, &actor, OrgRef::Slug(org), &permissions::SEE_SUPPORT, Access::Read).await?;
    let now = tx.now();
    let operators = operators(&mut tx).await?;
    let latest = consent::latest(&mut tx).await?;
    let looked = match &latest {
        Some(latest) => looked(&mut tx, latest).await?,
        None => Vec::new(),
    };
    let open = latest.as_ref().filter(|latest| latest.is_open(now)).map(|latest| OpenSupport {
        until: moment(&tx, latest.ends_at),
        since: moment(&tx, latest.given_at),
        about: latest.about.clone(),
    });
    let question = match consent::asked(&mut tx).await?.filter(|asked| open.is_none() && asked.waits()) {
        Some(asked) => {
            let who = accounts::person_in(platform, tx.platform_part(), asked.by).await?.name;
            let (hours, length) = (asked.hours.to_string(), consent::length_in_words(asked.hours));
            Some(Question { who, when: ago(asked.at, now), why: asked.about, hours, length })
        }
        None => None,
    };
    let page = SupportPage {
        operators,
        question,
        was_open: latest.is_some(),
        open,
        looked,
        owner: tx.role() == Some(Role::Owner),
        confirmed: person.is_elevated(),
    };
    tx.rollback().await?;
    Ok(page)
}

/// What the dashboard's frame says while support can look: to who looks, and to the organisation's people.
///
/// # Errors
/// The database is busy.
pub(crate) async fn notice(tx: &mut OrgTx) -> Result<Option<ShellNotice>> {
    let slug = tx.org().slug.clone();
    if let Some(consent) = tx.support() {
        return Ok(Some(ShellNotice {
            words: format!("Viewing as support until {}. Read only.", moment_from(tx, consent.ends_at)),
            link: Some(("Leave".to_owned(), format!("/admin/orgs/{slug}"))),
        }));
    }
    let Some(consent) = consent::open(tx).await? else { return Ok(None) };
    let until = moment(tx, consent.ends_at);
    let who = match operators(tx).await? {
        nobody if nobody == NOBODY => "Devalo support".to_owned(),
        who => format!("{who}, Devalo support,"),
    };
    Ok(Some(if tx.allows(&permissions::SEE_SUPPORT) {
        ShellNotice {
            words: format!("{who} can see this organisation until {until}."),
            link: Some(("See what they look at, or end it".to_owned(), format!("/app/{slug}/settings/support"))),
        }
    } else {
        let words = format!("{who} can see this organisation until {until}. Its owner and admins can end it.");
        ShellNotice { words, link: None }
    }))
}

/// The organisation that a page belongs to, where whoever opens the page looks at it as support. Nobody but who runs the platform is asked
/// about.
pub async fn looked_at(platform: &Platform, standing: Standing, path: &str) -> Option<LookedAt> {
    standing.logged_in().ok().filter(LoggedIn::runs_platform)?;
    let org = path.strip_prefix("/app/")?.split('/').next()?;
    let actor = standing.actor();
    let opened = OrgTx::open(platform, &actor, OrgRef::Slug(org), &permissions::ENTER, Access::Read).await;
    // Why nothing opens is the page's to say.
    let tx = opened.ok()?;
    let looks = tx.support().is_some();
    tx.rollback().await.ok()?;
    looks.then(|| LookedAt(org.to_owned()))
}

/// What the operator's page of an organisation says about support.
///
/// # Errors
/// 404 for an address that nobody has.
pub async fn for_operator(platform: &Platform, _by: Operator, org: &str) -> Result<OrgSupport> {
    let actor = Actor::System("support’s access");
    let mut tx = OrgTx::open(platform, &actor, OrgRef::Slug(org), &permissions::SEE_SUPPORT, Access::Read).await?;
    let now = tx.now();
    let latest = consent::latest(&mut tx).await?.filter(|latest| latest.is_open(now));
    let asked = consent::asked(&mut tx).await?.map(|asked| match asked.declined_at {
        None => format!("Its owner was asked {}.", ago(asked.at, now)),
        Some(at) => format!("Its owner said no {}.", ago(at, now)),
    });
    let support = match latest {
        Some(latest) => OrgSupport { until: Some(moment(&tx, latest.ends_at)), about: latest.about, asked: None },
        None => OrgSupport { until: None, about: String::new(), asked },
    };
    tx.rollback().await?;
    Ok(support)
}

/// "Olly Operator and Pat Lee": those whom a consent lets in.
async fn operators(tx: &mut OrgTx) -> Result<String> {
    let platform = tx.platform().clone();
    let part = tx.platform_part();
    let ids = platform_sql!(
        all(UserId,),
        &mut *part,
        "SELECT id FROM users WHERE platform_admin AND second_factor_at IS NOT NULL AND NOT must_name ORDER BY id"
    )?;
    let mut names: Vec<String> =
        accounts::names_in(&platform, part, ids.into_iter().map(|(id,)| id.0)).await?.into_values().collect();
    names.sort();
    let last = names.pop();
    Ok(match last {
        None => NOBODY.to_owned(),
        Some(last) if names.is_empty() => last,
        Some(last) => format!("{} and {last}", names.join(", ")),
    })
}

/// What was looked at by a consent, the newest first.
async fn looked(tx: &mut OrgTx, latest: &Latest) -> Result<Vec<LookedLine>> {
    let filter = Filter { support: true, from: Some(latest.given_at), ..Filter::default() };
    let entries = audit::read(tx, &filter, SHOWN).await?;
    let words = audit_words::tell(tx, &entries).await?;
    Ok(entries
        .iter()
        .zip(words)
        .map(|(entry, words)| LookedLine { what: words.sentence, when: moment(tx, entry.at), about: words.more })
        .collect())
}
