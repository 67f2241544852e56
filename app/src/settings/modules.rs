//! Which modules an organisation uses. Those of its plan can be turned off and on again: off is as if it didn’t have it, for
//! everybody, at once; all that is in it stays. What was chosen outlives changes of the plan.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    audit::Detail,
    billing::terms::Terms,
    db::Access,
    error::{AppError, Code, Result},
    modules::MODULES,
    org::{Actor, OrgRef, OrgTx},
    permissions,
    platform::Platform,
    sql,
};

/// A module, as an organisation has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ModuleCard {
    /// The stable name: `calendar`.
    pub name: String,
    /// For people: "Calendar".
    pub title: String,
    /// What it does, in a sentence.
    pub about: String,
    /// The plan includes it.
    pub in_plan: bool,
    /// It was turned on; it can be used where the plan includes it, too.
    pub on: bool,
    /// The plans that can be bought and include it.
    pub plans: Vec<String>,
}

/// How a module is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ModuleBody {
    /// On, or off.
    pub on: bool,
}

/// The title of the organisation’s plan, and every module that this server has.
///
/// # Errors
/// As [`OrgTx::open`].
pub async fn list(platform: &Platform, actor: &Actor, org: &str) -> Result<(String, Vec<ModuleCard>)> {
    let mut tx = open(platform, actor, org, Access::Read).await?;
    let on = sql!(all(String,), &mut tx, "SELECT module FROM org_modules WHERE org_id = $1")?;
    let (terms, plans) = (tx.org().terms.clone(), platform.plans());
    let cards = MODULES.iter().map(|module| ModuleCard {
        name: module.name().to_owned(),
        title: module.title().to_owned(),
        about: module.about().to_owned(),
        in_plan: terms.has_module(plans, module.name()),
        on: on.iter().any(|(on,)| on == module.name()),
        plans: plans_with(platform, module.name()),
    });
    let all = (plan_title(platform, &terms), cards.collect());
    tx.rollback().await?;
    Ok(all)
}

/// Turns a module on or off, for everybody: its pages, its API, its public pages and the links that it sent answer as if it weren’t
/// there, and what its open pages follow ends. Nothing of it is deleted. Where it is so already, nothing is done.
///
/// # Errors
/// 402 for turning one on that the plan doesn’t include; 404 for one that this server doesn’t have.
pub async fn switch(platform: &Platform, actor: &Actor, org: &str, name: &str, on: bool) -> Result<()> {
    let mut tx = open(platform, actor, org, Access::Write).await?;
    let module =
        MODULES.iter().find(|module| module.name() == name).ok_or_else(|| AppError::not_found("that module"))?;
    if on && !tx.org().terms.has_module(platform.plans(), module.name()) {
        let plan = plan_title(platform, &tx.org().terms);
        let words = lacking(module.title(), &plan, &plans_with(platform, module.name()), &platform.whom_to_write_to());
        return Err(AppError::new(Code::PaymentNeeded, words));
    }
    let now = tx.now();
    let changed = if on {
        sql!(
            exec,
            &mut tx,
            "INSERT INTO org_modules (org_id, module, enabled_at) VALUES ($1, $2, $3) ON CONFLICT (org_id, module) DO NOTHING",
            module.name(),
            now
        )?
    } else {
        sql!(exec, &mut tx, "DELETE FROM org_modules WHERE org_id = $1 AND module = $2", module.name())?
    };
    if changed == 0 {
        return tx.rollback().await;
    }
    let (action, id) = (if on { "platform.module_on" } else { "platform.module_off" }, tx.id().0);
    tx.audit(action, id, &Detail::default().with("module", module.name())).await?;
    // Public pages that were kept show how it was.
    tx.emit(action, id).await?;
    tx.all_look_again();
    tx.commit().await
}

/// "Your plan, Solo, doesn’t include Tasks. Team and Business do: see Settings, then Plan and billing."
pub fn lacking(title: &str, plan: &str, with: &[String], whom: &str) -> String {
    let where_to = match with {
        [] => format!("Write to {whom} to have it."),
        [one] => format!("{one} does: see Settings, then Plan and billing."),
        [first @ .., last] => format!("{} and {last} do: see Settings, then Plan and billing.", first.join(", ")),
    };
    format!("Your plan, {plan}, doesn’t include {title}. {where_to}")
}

fn plans_with(platform: &Platform, module: &str) -> Vec<String> {
    platform.plans().sold().filter(|plan| plan.opens(module)).map(|plan| plan.title.clone()).collect()
}

fn plan_title(platform: &Platform, terms: &Terms) -> String {
    terms.find(platform.plans()).map_or_else(|| terms.plan.clone(), |plan| plan.title.clone())
}

async fn open(platform: &Platform, actor: &Actor, org: &str, access: Access) -> Result<OrgTx> {
    OrgTx::open(platform, actor, OrgRef::Slug(org), &permissions::MANAGE_MODULES, access).await
}
