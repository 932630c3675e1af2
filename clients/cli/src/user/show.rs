//! People as people read them.

use mosaic_client::User;

use crate::render::facts::facts;
use crate::render::table::table;
use crate::render::text::{one_line, time_or};

/// Longer names are cut.
const NAME: usize = 30;

pub(super) fn table_of(people: &[User]) -> String {
    let rows: Vec<Vec<String>> = people
        .iter()
        .map(|user| {
            vec![
                user.id.to_string(),
                one_line(&user.name, NAME),
                user.email.clone().unwrap_or_else(|| "-".to_owned()),
                user.state.clone(),
                time_or(user.last_seen_at, "never"),
                one_line(&workspaces(user), 60),
            ]
        })
        .collect();
    let header = ["USER", "NAME", "EMAIL", "STATE", "LAST SEEN", "WORKSPACES"];
    table(&header, &rows)
}

fn workspaces(user: &User) -> String {
    let each = user.workspaces.iter();
    let each = each.map(|one| format!("{} ({})", one.name, one.role));
    each.collect::<Vec<_>>().join(", ")
}

pub(super) fn one(user: &User) -> String {
    let state = match &user.state_reason {
        Some(reason) => format!("{}: {reason}", user.state),
        None => user.state.clone(),
    };
    let owned =
        |count: fn(&mosaic_client::Owns) -> u64| user.owns.map(|owns| count(&owns).to_string());
    facts(&[
        ("user", Some(user.id.to_string())),
        ("name", Some(user.name.clone())),
        ("email", user.email.clone()),
        ("state", Some(state)),
        (
            "workspaces",
            Some(workspaces(user)).filter(|all| !all.is_empty()),
        ),
        ("last seen", Some(time_or(user.last_seen_at, "never"))),
        ("since", Some(time_or(user.created_at, "-"))),
        ("conversations", owned(|owns| owns.conversations)),
        ("runs", owned(|owns| owns.runs)),
        ("memories", owned(|owns| owns.memories)),
        ("tokens", owned(|owns| owns.tokens)),
        ("sessions", owned(|owns| owns.sessions)),
        ("channel links", owned(|owns| owns.channel_links)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::text::local_time;

    #[test]
    fn people_are_a_table_and_one_is_shown_with_what_is_theirs() {
        let id = "01890000-0000-7000-8000-000000000001";
        let time = "2026-01-02T03:04:05Z";
        let all = serde_json::json!([
            {"id": id, "name": "Ada", "email": "ada@example.org", "state": "active", "createdAt": time, "lastSeenAt": time,
                "workspaces": [{"id": id, "name": "home", "role": "owner"}, {"id": id, "name": "Lab", "role": "guest"}]},
            {"id": id, "name": "Bob", "state": "banned", "stateReason": "sold\nseeds", "createdAt": time,
                "owns": {"conversations": 3, "runs": 12, "memories": 4, "tokens": 1, "sessions": 0, "channelLinks": 1}},
        ]);
        let all: Vec<User> = serde_json::from_value(all).unwrap();
        let text = table_of(&all) + &one(&all[1]);
        let text = text.replace(&local_time(time.parse().unwrap()), "<a time of the day>");
        insta::assert_snapshot!(text, @r"
        USER                                  NAME  EMAIL            STATE   LAST SEEN            WORKSPACES
        01890000-0000-7000-8000-000000000001  Ada   ada@example.org  active  <a time of the day>  home (owner), Lab (guest)
        01890000-0000-7000-8000-000000000001  Bob   -                banned  never
        user           01890000-0000-7000-8000-000000000001
        name           Bob
        state          banned: sold seeds
        last seen      never
        since          <a time of the day>
        conversations  3
        runs           12
        memories       4
        tokens         1
        sessions       0
        channel links  1
        ");
    }
}
