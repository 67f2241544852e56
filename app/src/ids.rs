//! Ids as newtypes, so that a service's id can't be passed where an appointment's belongs. `UUIDv7` (RFC 9562): sortable
//! by the time they were made.

use crate::clock::Instant;

/// Defines an id newtype.
#[macro_export]
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, sqlx::Type,
            utoipa::ToSchema,
        )]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub uuid::Uuid);

        impl $name {
            /// A fresh one, stamped with the passed-in clock.
            pub fn new(now: $crate::clock::Instant) -> Self {
                Self($crate::ids::fresh(now))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id!(
    /// An organisation: one business on the platform.
    OrgId
);
id!(
    /// A person who can log in.
    UserId
);
id!(
    /// An API token of an organisation.
    TokenId
);

/// A `UUIDv7` of this instant, with the system's randomness in the rest.
pub fn fresh(now: Instant) -> uuid::Uuid {
    let micros = now.micros().max(0).cast_unsigned();
    let nanos = u32::try_from(micros % 1_000_000).unwrap_or(0) * 1_000;
    uuid::Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, micros / 1_000_000, nanos))
}

/// Ids to ask for together: each once, as many at a time as a statement has places for, the last places filled with no id.
pub fn batches<const N: usize>(ids: impl IntoIterator<Item = uuid::Uuid>) -> Vec<[uuid::Uuid; N]> {
    let ids: Vec<_> = std::collections::BTreeSet::from_iter(ids).into_iter().collect();
    let padded = |batch: &[uuid::Uuid]| std::array::from_fn(|at| batch.get(at).copied().unwrap_or_default());
    ids.chunks(N).map(padded).collect()
}
