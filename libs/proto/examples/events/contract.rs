//! The contracts as far as the catalogue is about them: events with their fields, and the values of those.
//!
//! A message is an event if its comment begins with the event's type and a colon, as in `` `run.started`: … ``. Events stand in
//! files called `events.proto`.

use std::collections::BTreeMap;

use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
    FileDescriptorSet,
};

/// The package whose events are those of a run's log; all others are on the bus.
const RUN_LOG: &str = "mosaic.run.v1";
/// Numbers of fields of descriptors, of which paths to comments are made.
const MESSAGES: i32 = 4;
const ENUMS: i32 = 5;
const INNER: i32 = 2;

/// Everything the catalogue tells.
#[derive(Debug, Default)]
pub(crate) struct Contracts {
    /// Events of a run's log, in the order of the file.
    pub(crate) log: Vec<Event>,
    /// Events of the bus, by type.
    pub(crate) bus: Vec<Event>,
    /// The attributes of every event of the bus.
    pub(crate) envelope: Vec<Field>,
    /// Messages that are values of fields, by full name.
    pub(crate) messages: BTreeMap<String, Vec<Field>>,
    /// Enumerations that are, with name and comment of each value.
    pub(crate) enums: BTreeMap<String, Vec<(String, String)>>,
}

/// One event.
#[derive(Debug)]
pub(crate) struct Event {
    /// e.g. `message.created`.
    pub(crate) type_name: String,
    /// When it comes about.
    pub(crate) when: String,
    pub(crate) fields: Vec<Field>,
}

/// One field.
#[derive(Debug)]
pub(crate) struct Field {
    /// As it is called in JSON.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) list: bool,
    pub(crate) comment: String,
}

/// What a field holds.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Something that is said in words.
    Plain(&'static str),
    /// A message or an enumeration, by its full name.
    Named(String),
}

impl Contracts {
    /// Reads encoded descriptors that hold their comments. Whatever lacks one is a fault.
    pub(crate) fn read(descriptors: &[u8]) -> Result<Self, String> {
        let set = FileDescriptorSet::decode(descriptors).map_err(|error| error.to_string())?;
        let mut contracts = Self::default();
        for file in &set.file {
            if file.name().ends_with("/events.proto") {
                contracts.add(file)?;
            } else if file.name().ends_with("event/v1/envelope.proto") {
                contracts.add_envelope(file)?;
            }
        }
        contracts.bus.sort_by(|a, b| a.type_name.cmp(&b.type_name));
        let all = contracts.log.iter().chain(&contracts.bus);
        let mut types: Vec<&str> = all.map(|event| event.type_name.as_str()).collect();
        types.sort_unstable();
        let twice = types.windows(2).find_map(|pair| match pair {
            [one, next] if one == next => Some(*one),
            _ => None,
        });
        if let Some(twice) = twice {
            return Err(format!("{twice} is the type of two events"));
        }
        Ok(contracts)
    }

    fn add(&mut self, file: &FileDescriptorProto) -> Result<(), String> {
        let comments = Comments::of(file);
        for (number, message) in (0..).zip(&file.message_type) {
            let path = [MESSAGES, number];
            let name = full_name(file, message.name());
            let comment = comments.at(&path, &name)?;
            let fields = fields(message, &path, &comments, &name)?;
            match event_of(&comment) {
                Some((type_name, when)) => {
                    let events = match file.package() {
                        RUN_LOG => &mut self.log,
                        _ => &mut self.bus,
                    };
                    events.push(Event {
                        type_name,
                        when,
                        fields,
                    });
                }
                None => drop(self.messages.insert(name, fields)),
            }
        }
        for (number, one) in (0..).zip(&file.enum_type) {
            let name = full_name(file, one.name());
            let values = values(one, &[ENUMS, number], &comments, &name)?;
            self.enums.insert(name, values);
        }
        Ok(())
    }

    fn add_envelope(&mut self, file: &FileDescriptorProto) -> Result<(), String> {
        let comments = Comments::of(file);
        for (number, message) in (0..).zip(&file.message_type) {
            self.envelope = fields(message, &[MESSAGES, number], &comments, message.name())?;
        }
        Ok(())
    }
}

fn full_name(file: &FileDescriptorProto, name: &str) -> String {
    format!(".{}.{name}", file.package())
}

fn fields(
    message: &DescriptorProto,
    path: &[i32],
    comments: &Comments<'_>,
    name: &str,
) -> Result<Vec<Field>, String> {
    (0..)
        .zip(&message.field)
        .map(|(number, field)| {
            let place = format!("{name}.{}", field.name());
            let path: Vec<i32> = path.iter().copied().chain([INNER, number]).collect();
            Ok(Field {
                name: field.json_name().to_owned(),
                kind: kind(field, &place)?,
                list: field.label() == Label::Repeated,
                comment: comments.at(&path, &place)?,
            })
        })
        .collect()
}

/// As it is told in canonical JSON, where whole numbers of 64 bits are texts.
fn kind(field: &FieldDescriptorProto, place: &str) -> Result<Kind, String> {
    Ok(match field.r#type() {
        Type::String => Kind::Plain("text"),
        Type::Bytes => Kind::Plain("text in Base64"),
        Type::Bool => Kind::Plain("`true`, or left out"),
        Type::Int32 | Type::Uint32 | Type::Sint32 | Type::Fixed32 | Type::Sfixed32 => {
            Kind::Plain("number")
        }
        Type::Int64 | Type::Uint64 | Type::Sint64 | Type::Fixed64 | Type::Sfixed64 => {
            Kind::Plain("number, as text")
        }
        Type::Float | Type::Double => Kind::Plain("number with a fraction"),
        Type::Group => return Err(format!("{place} is a group, which has no JSON")),
        Type::Message | Type::Enum => match field.type_name() {
            ".google.protobuf.Timestamp" => Kind::Plain("time (RFC 3339)"),
            ".google.protobuf.Value" => Kind::Plain("any JSON"),
            ".google.protobuf.Struct" => Kind::Plain("JSON object"),
            own if own.starts_with(".mosaic.") => Kind::Named(own.to_owned()),
            other => {
                return Err(format!(
                    "{place} is {other}, which the catalogue cannot tell"
                ));
            }
        },
    })
}

/// Names and comments of the values that are sent: the one with the number 0 never is.
fn values(
    one: &EnumDescriptorProto,
    path: &[i32],
    comments: &Comments<'_>,
    name: &str,
) -> Result<Vec<(String, String)>, String> {
    (0..)
        .zip(&one.value)
        .filter(|(_, value)| value.number() != 0)
        .map(|(number, value)| {
            let place = format!("{name}.{}", value.name());
            let path: Vec<i32> = path.iter().copied().chain([INNER, number]).collect();
            Ok((value.name().to_owned(), comments.at(&path, &place)?))
        })
        .collect()
}

/// Takes `` `some.type`: what happened `` apart.
fn event_of(comment: &str) -> Option<(String, String)> {
    let (type_name, when) = comment.strip_prefix('`')?.split_once("`: ")?;
    let is_type = type_name.contains('.') && !type_name.contains(' ');
    is_type.then(|| (type_name.to_owned(), when.to_owned()))
}

/// The comments of a file, by the path of what they stand above.
struct Comments<'a>(BTreeMap<&'a [i32], &'a str>);

impl<'a> Comments<'a> {
    fn of(file: &'a FileDescriptorProto) -> Self {
        let places = file.source_code_info.iter().flat_map(|info| &info.location);
        Self(
            places
                .filter_map(|place| Some((&place.path[..], place.leading_comments.as_deref()?)))
                .collect(),
        )
    }

    /// The comment as one line.
    fn at(&self, path: &[i32], name: &str) -> Result<String, String> {
        let comment = self.0.get(path).copied().unwrap_or_default();
        let line = comment.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.is_empty() {
            return Err(format!("{name} has no comment in its contract"));
        }
        Ok(line)
    }
}
