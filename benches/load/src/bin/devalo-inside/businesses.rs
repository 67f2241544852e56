//! Makes businesses in a database, for a measurement that needs many. All of them belong to one owner.

use app::{
    auth::accounts::{self, NewOrg},
    modules::MODULES,
};

use crate::{Result, platform};

pub async fn run(words: &[String]) -> Result<()> {
    let [env_file, email, password, slugs @ ..] = words else {
        return Err("devalo-inside businesses ENV_FILE EMAIL PASSWORD SLUG…".into());
    };
    let platform = platform(env_file).await?;
    let owner = accounts::create_user(&platform, email, "Bench Owner", password).await?;
    let modules: Vec<&str> = MODULES.iter().map(|module| module.name()).collect();
    for slug in slugs {
        let (name, zone) = (format!("Business {slug}"), "Australia/Sydney".to_owned());
        let org = NewOrg { slug: slug.clone(), name, zone, ..NewOrg::default() };
        accounts::create_org(&platform, &org, owner, &modules).await?;
    }
    platform.db.close().await;
    Ok(())
}
