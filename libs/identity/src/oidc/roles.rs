//! Which role somebody has because of their groups at a provider.

use std::str::FromStr as _;

use crate::caller::WorkspaceRole;

/// The groups that mean a role, as an operator wrote them down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRoles {
    pairs: Vec<(String, WorkspaceRole)>,
    default: Option<WorkspaceRole>,
}

/// A text that maps no group to a role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not of the form \"group=role\" with a role of owner, admin, member or guest")]
pub struct MalformedGroupRole(pub String);

/// What becomes of somebody's role when they sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleDecision {
    /// It stays as it is; who has none is not let in.
    Keep,
    /// They have this one from now on.
    Set(WorkspaceRole),
    /// None of their groups lets them in.
    Refuse,
}

impl GroupRoles {
    /// Reads pairs like `mosaic-admins=admin`. `default` is the role of those whom no group gives one; without it they are not
    /// let in.
    pub fn parse<S: AsRef<str>>(
        pairs: &[S],
        default: Option<WorkspaceRole>,
    ) -> Result<Self, MalformedGroupRole> {
        let pair = |text: &str| {
            let (group, role) = text.rsplit_once('=')?;
            let role = WorkspaceRole::from_str(role.trim()).ok()?;
            let group = group.trim();
            (!group.is_empty()).then(|| (group.to_owned(), role))
        };
        let read = |text: &S| {
            let text = text.as_ref();
            pair(text).ok_or_else(|| MalformedGroupRole(text.to_owned()))
        };
        let pairs = pairs.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { pairs, default })
    }

    /// What becomes of the role `current` of somebody in these groups (`None`: the provider says nothing of groups).
    ///
    /// Without any pair the provider has no say in roles: who is a member stays what they are. With pairs it has, at every
    /// sign-in: the highest role of their groups counts. Owners are an exception unless a group is said to make owners:
    /// whoever was made one in Mosaic stays one. A provider that says nothing of groups although it should changes nothing and lets
    /// nobody new in but as the default: an answer that was cut short is no reason to take rights away.
    #[must_use]
    pub fn decide(
        &self,
        current: Option<WorkspaceRole>,
        groups: Option<&[String]>,
    ) -> RoleDecision {
        let default = self.default.map_or(RoleDecision::Refuse, RoleDecision::Set);
        if self.pairs.is_empty() {
            return current.map_or(default, |_| RoleDecision::Keep);
        }
        if current == Some(WorkspaceRole::Owner) && !self.makes_owners() {
            return RoleDecision::Keep;
        }
        let Some(groups) = groups else {
            return current.map_or(default, |_| RoleDecision::Keep);
        };
        let given = self
            .pairs
            .iter()
            .filter(|(group, _)| groups.contains(group));
        let highest = given.map(|(_, role)| *role).max();
        match highest {
            Some(role) if current == Some(role) => RoleDecision::Keep,
            Some(role) => RoleDecision::Set(role),
            None if self.default.is_some() && current == self.default => RoleDecision::Keep,
            None => default,
        }
    }

    fn makes_owners(&self) -> bool {
        self.pairs
            .iter()
            .any(|(_, role)| *role == WorkspaceRole::Owner)
    }
}

#[cfg(test)]
mod tests {
    use RoleDecision::{Keep, Refuse, Set};
    use WorkspaceRole::{Admin, Guest, Member, Owner};

    use super::*;

    fn roles(pairs: &[&str], default: Option<WorkspaceRole>) -> GroupRoles {
        GroupRoles::parse(pairs, default).unwrap()
    }

    fn groups(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_highest_role_of_somebodys_groups_counts_at_every_sign_in() {
        let roles = roles(
            &["admins=admin", "staff=member", "cn=a,dc=b=guest"],
            Some(Guest),
        );
        for (current, names, wanted) in [
            (None, &["staff"][..], Set(Member)),
            (None, &["staff", "admins"], Set(Admin)),
            (Some(Member), &["staff", "admins"], Set(Admin)),
            (Some(Admin), &["staff"], Set(Member)),
            (Some(Member), &["staff"], Keep),
            (Some(Member), &["other"], Set(Guest)),
            (Some(Guest), &[], Keep),
            (None, &["cn=a,dc=b"], Set(Guest)),
        ] {
            let decided = roles.decide(current, Some(&groups(names)));
            assert_eq!(decided, wanted, "{current:?} {names:?}");
        }
    }

    #[test]
    fn nobody_becomes_or_stops_being_an_owner_unless_a_group_is_said_to_make_owners() {
        let plain = roles(&["admins=admin"], Some(Member));
        assert_eq!(plain.decide(Some(Owner), Some(&groups(&["admins"]))), Keep);
        assert_eq!(plain.decide(Some(Owner), Some(&[])), Keep);
        let owners = roles(&["bosses=owner", "admins=admin"], Some(Member));
        let decided = owners.decide(Some(Admin), Some(&groups(&["bosses"])));
        assert_eq!(decided, Set(Owner));
        let decided = owners.decide(Some(Owner), Some(&groups(&["admins"])));
        assert_eq!(decided, Set(Admin));
    }

    #[test]
    fn without_pairs_the_provider_has_no_say() {
        let none = roles(&[], Some(Member));
        for current in [Guest, Member, Admin, Owner] {
            assert_eq!(none.decide(Some(current), Some(&groups(&["x"]))), Keep);
        }
        assert_eq!(none.decide(None, None), Set(Member));
        assert_eq!(roles(&[], None).decide(None, None), Refuse);
    }

    #[test]
    fn without_a_default_only_known_groups_are_let_in() {
        let strict = roles(&["staff=member"], None);
        assert_eq!(strict.decide(None, Some(&groups(&["other"]))), Refuse);
        assert_eq!(strict.decide(Some(Member), Some(&[])), Refuse);
        assert_eq!(strict.decide(None, None), Refuse);
        assert_eq!(strict.decide(Some(Member), None), Keep);
    }

    #[test]
    fn what_is_no_pair_is_refused() {
        for wrong in ["staff", "=member", "staff=root", ""] {
            let refused = GroupRoles::parse(&[wrong], None).unwrap_err();
            assert_eq!(refused, MalformedGroupRole(wrong.to_owned()));
        }
    }
}
