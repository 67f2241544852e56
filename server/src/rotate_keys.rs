//! `devalo rotate-keys`: what the operator is told while keys are exchanged. How it is done is in [`app::rekeying`].

use app::{platform::Platform, rekeying};

/// What was asked for.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Asked {
    /// Make new data keys as well. The servers that run encrypt every field anew, in the background.
    #[arg(long)]
    pub data_keys: bool,
    /// For this organisation alone: its id, or the word in its addresses.
    #[arg(long, value_name = "ID", requires = "data_keys")]
    pub organisation: Option<String>,
    /// Change nothing; say how far new data keys are, and which master keys are in use.
    #[arg(long, conflicts_with = "data_keys")]
    pub progress: bool,
}

/// Does what was asked for, and says what happens, line by line.
///
/// # Errors
/// A sentence for the operator.
pub async fn run(platform: &Platform, asked: &Asked, say: &mut (dyn FnMut(&str) + Send)) -> Result<(), String> {
    let words = |error: app::error::AppError| error.message;
    if !asked.progress {
        let again = rekeying::rewrap(platform, |done, all| say(&format!("{done} of {all} data keys are wrapped anew")));
        let again = again.await.map_err(words)?;
        let current = platform.keyring.kids().next().unwrap_or_default();
        if again == 0 {
            say(&format!("Every data key is wrapped under {current}."));
        } else {
            say(&format!("Done: every data key is wrapped under {current}. {again} weren’t before."));
        }
    }
    if asked.data_keys {
        let org = match &asked.organisation {
            Some(word) => Some(rekeying::meant(platform, word).await.map_err(words)?),
            None => None,
        };
        let renewed = rekeying::renew(platform, org).await.map_err(words)?;
        say(&match renewed.begun {
            0 => "New data keys: none.".to_owned(),
            begun => format!("New data keys: {begun}. They are used from a minute from now on."),
        });
        if renewed.under_way > 0 {
            say(&format!("{} still wait for their last new key to be everywhere, and got none.", renewed.under_way));
        }
        say("The server encrypts the fields anew, while it serves; it goes on by itself after a restart.");
        say("How far it is: devalo rotate-keys --progress");
    }
    if asked.progress {
        let progress = rekeying::progress(platform).await.map_err(words)?;
        match progress.under_way {
            0 => say("No fields are being encrypted anew."),
            left => say(&format!("Being encrypted anew: the fields of {left}; done: of {}.", progress.finished)),
        }
        if progress.sealed > 0 {
            say(&format!("{} values were encrypted anew since new data keys were asked for last.", progress.sealed));
        }
        if progress.refused > 0 {
            say(&format!(
                "{} can’t be opened, and stay as they are; the log says which. Compare them with a backup.",
                progress.refused
            ));
        }
    }
    let kids = rekeying::kids(platform).await.map_err(words)?;
    say("Master keys in use:");
    for (kid, keys) in &kids {
        say(&format!("  {kid}: {keys}"));
    }
    for kid in platform.keyring.kids().skip(1).filter(|kid| !kids.contains_key(*kid)) {
        say(&format!(
            "Nothing in this database needs {kid} any more. Keep a copy of it off this server for as long as you keep backups made until now, and take it \
             out of DEVALO_ENCRYPTION_KEYS."
        ));
    }
    Ok(())
}
