impl serde::Serialize for MessageCreated {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.message_id.is_empty() {
            len += 1;
        }
        if !self.conversation_id.is_empty() {
            len += 1;
        }
        if !self.owner_id.is_empty() {
            len += 1;
        }
        if !self.role.is_empty() {
            len += 1;
        }
        if !self.run_id.is_empty() {
            len += 1;
        }
        if self.characters != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("mosaic.message.v1.MessageCreated", len)?;
        if !self.message_id.is_empty() {
            struct_ser.serialize_field("messageId", &self.message_id)?;
        }
        if !self.conversation_id.is_empty() {
            struct_ser.serialize_field("conversationId", &self.conversation_id)?;
        }
        if !self.owner_id.is_empty() {
            struct_ser.serialize_field("ownerId", &self.owner_id)?;
        }
        if !self.role.is_empty() {
            struct_ser.serialize_field("role", &self.role)?;
        }
        if !self.run_id.is_empty() {
            struct_ser.serialize_field("runId", &self.run_id)?;
        }
        if self.characters != 0 {
            struct_ser.serialize_field("characters", &self.characters)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for MessageCreated {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "message_id",
            "messageId",
            "conversation_id",
            "conversationId",
            "owner_id",
            "ownerId",
            "role",
            "run_id",
            "runId",
            "characters",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            MessageId,
            ConversationId,
            OwnerId,
            Role,
            RunId,
            Characters,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "messageId" | "message_id" => Ok(GeneratedField::MessageId),
                            "conversationId" | "conversation_id" => Ok(GeneratedField::ConversationId),
                            "ownerId" | "owner_id" => Ok(GeneratedField::OwnerId),
                            "role" => Ok(GeneratedField::Role),
                            "runId" | "run_id" => Ok(GeneratedField::RunId),
                            "characters" => Ok(GeneratedField::Characters),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = MessageCreated;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct mosaic.message.v1.MessageCreated")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<MessageCreated, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut message_id__ = None;
                let mut conversation_id__ = None;
                let mut owner_id__ = None;
                let mut role__ = None;
                let mut run_id__ = None;
                let mut characters__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::MessageId => {
                            if message_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("messageId"));
                            }
                            message_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ConversationId => {
                            if conversation_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("conversationId"));
                            }
                            conversation_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::OwnerId => {
                            if owner_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("ownerId"));
                            }
                            owner_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Role => {
                            if role__.is_some() {
                                return Err(serde::de::Error::duplicate_field("role"));
                            }
                            role__ = Some(map_.next_value()?);
                        }
                        GeneratedField::RunId => {
                            if run_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("runId"));
                            }
                            run_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Characters => {
                            if characters__.is_some() {
                                return Err(serde::de::Error::duplicate_field("characters"));
                            }
                            characters__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(MessageCreated {
                    message_id: message_id__.unwrap_or_default(),
                    conversation_id: conversation_id__.unwrap_or_default(),
                    owner_id: owner_id__.unwrap_or_default(),
                    role: role__.unwrap_or_default(),
                    run_id: run_id__.unwrap_or_default(),
                    characters: characters__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("mosaic.message.v1.MessageCreated", FIELDS, GeneratedVisitor)
    }
}
