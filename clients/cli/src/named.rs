//! What people name by its id, its address or its name.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::text::flat;

/// Something that can be named.
pub(crate) trait Named {
    /// What it is, for messages.
    const KIND: &'static str;
    /// Which command lists them.
    const LISTED_BY: &'static str;

    fn id(&self) -> String;

    fn name(&self) -> &str;

    fn email(&self) -> Option<&str> {
        None
    }
}

/// The one that is meant: by its id, else its address, else its name. Two of one name are told apart by their ids.
pub(crate) fn meant<T: Named>(all: Vec<T>, typed: &str) -> Result<T, Failure> {
    let typed = typed.trim();
    let wanted = typed.to_lowercase();
    let same = |text: &str| text.to_lowercase() == wanted;
    let is_id = |one: &T| same(&one.id());
    let is_address = |one: &T| one.email().is_some_and(same);
    let (mut exact, others): (Vec<T>, Vec<T>) = all
        .into_iter()
        .partition(|one| is_id(one) || is_address(one));
    if let Some(one) = exact.pop() {
        return Ok(one);
    }
    let mut named: Vec<T> = others.into_iter().filter(|one| same(one.name())).collect();
    match (named.pop(), named.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(one), false) => {
            let ids: Vec<String> = named.iter().chain([&one]).map(Named::id).collect();
            let message = format!("there is more than one {} {}", T::KIND, flat(typed));
            let remedy = format!("name one by its id: {}", ids.join(", "));
            Err(Failure::new(Exit::Usage, message).with_remedy(remedy))
        }
        (None, _) => {
            let message = format!("there is no {} {}", T::KIND, flat(typed));
            let remedy = format!("`{}` lists what there is", T::LISTED_BY);
            Err(Failure::new(Exit::NotFound, message).with_remedy(remedy))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Person(u8, &'static str, Option<&'static str>);

    impl Named for Person {
        const KIND: &'static str = "person";
        const LISTED_BY: &'static str = "mosaic member ls";

        fn id(&self) -> String {
            format!("id-{}", self.0)
        }

        fn name(&self) -> &str {
            self.1
        }

        fn email(&self) -> Option<&str> {
            self.2
        }
    }

    fn find(typed: &str) -> Result<u8, Failure> {
        let people = vec![
            Person(1, "Ada", Some("ada@example.org")),
            Person(2, "Bob", None),
            Person(3, "bob", None),
            // Who calls themselves like somebody's address is not them.
            Person(4, "ada@example.org", None),
        ];
        meant(people, typed).map(|person| person.0)
    }

    #[test]
    fn people_are_found_by_id_address_and_name() {
        for (typed, found) in [("id-2", 2), ("ADA", 1), ("Ada@Example.org", 1)] {
            assert_eq!(find(typed).unwrap(), found, "{typed}");
        }
    }

    #[test]
    fn who_is_not_there_or_there_twice_is_said() {
        let nobody = find("Eve").unwrap_err();
        assert_eq!(nobody.exit, Exit::NotFound);
        let two = find("bob").unwrap_err();
        assert_eq!(two.exit, Exit::Usage);
        assert!(two.remedy.unwrap().contains("id-2, id-3"));
    }
}
