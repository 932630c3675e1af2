impl serde::Serialize for FoundMemory {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.memory_id.is_empty() {
            len += 1;
        }
        if self.kind != 0 {
            len += 1;
        }
        if self.role != 0 {
            len += 1;
        }
        if !self.conversation_id.is_empty() {
            len += 1;
        }
        if !self.conversation_title.is_empty() {
            len += 1;
        }
        if !self.message_id.is_empty() {
            len += 1;
        }
        if !self.text.is_empty() {
            len += 1;
        }
        if self.created_at.is_some() {
            len += 1;
        }
        if self.score != 0. {
            len += 1;
        }
        if self.relevant {
            len += 1;
        }
        if self.explanation.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("mosaic.memory.v1.FoundMemory", len)?;
        if !self.memory_id.is_empty() {
            struct_ser.serialize_field("memoryId", &self.memory_id)?;
        }
        if self.kind != 0 {
            let v = MemoryKind::try_from(self.kind)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.kind)))?;
            struct_ser.serialize_field("kind", &v)?;
        }
        if self.role != 0 {
            let v = MemoryRole::try_from(self.role)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.role)))?;
            struct_ser.serialize_field("role", &v)?;
        }
        if !self.conversation_id.is_empty() {
            struct_ser.serialize_field("conversationId", &self.conversation_id)?;
        }
        if !self.conversation_title.is_empty() {
            struct_ser.serialize_field("conversationTitle", &self.conversation_title)?;
        }
        if !self.message_id.is_empty() {
            struct_ser.serialize_field("messageId", &self.message_id)?;
        }
        if !self.text.is_empty() {
            struct_ser.serialize_field("text", &self.text)?;
        }
        if let Some(v) = self.created_at.as_ref() {
            struct_ser.serialize_field("createdAt", v)?;
        }
        if self.score != 0. {
            struct_ser.serialize_field("score", &self.score)?;
        }
        if self.relevant {
            struct_ser.serialize_field("relevant", &self.relevant)?;
        }
        if let Some(v) = self.explanation.as_ref() {
            struct_ser.serialize_field("explanation", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for FoundMemory {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "memory_id",
            "memoryId",
            "kind",
            "role",
            "conversation_id",
            "conversationId",
            "conversation_title",
            "conversationTitle",
            "message_id",
            "messageId",
            "text",
            "created_at",
            "createdAt",
            "score",
            "relevant",
            "explanation",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            MemoryId,
            Kind,
            Role,
            ConversationId,
            ConversationTitle,
            MessageId,
            Text,
            CreatedAt,
            Score,
            Relevant,
            Explanation,
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
                            "memoryId" | "memory_id" => Ok(GeneratedField::MemoryId),
                            "kind" => Ok(GeneratedField::Kind),
                            "role" => Ok(GeneratedField::Role),
                            "conversationId" | "conversation_id" => Ok(GeneratedField::ConversationId),
                            "conversationTitle" | "conversation_title" => Ok(GeneratedField::ConversationTitle),
                            "messageId" | "message_id" => Ok(GeneratedField::MessageId),
                            "text" => Ok(GeneratedField::Text),
                            "createdAt" | "created_at" => Ok(GeneratedField::CreatedAt),
                            "score" => Ok(GeneratedField::Score),
                            "relevant" => Ok(GeneratedField::Relevant),
                            "explanation" => Ok(GeneratedField::Explanation),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = FoundMemory;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct mosaic.memory.v1.FoundMemory")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<FoundMemory, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut memory_id__ = None;
                let mut kind__ = None;
                let mut role__ = None;
                let mut conversation_id__ = None;
                let mut conversation_title__ = None;
                let mut message_id__ = None;
                let mut text__ = None;
                let mut created_at__ = None;
                let mut score__ = None;
                let mut relevant__ = None;
                let mut explanation__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::MemoryId => {
                            if memory_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("memoryId"));
                            }
                            memory_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Kind => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("kind"));
                            }
                            kind__ = Some(map_.next_value::<MemoryKind>()? as i32);
                        }
                        GeneratedField::Role => {
                            if role__.is_some() {
                                return Err(serde::de::Error::duplicate_field("role"));
                            }
                            role__ = Some(map_.next_value::<MemoryRole>()? as i32);
                        }
                        GeneratedField::ConversationId => {
                            if conversation_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("conversationId"));
                            }
                            conversation_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ConversationTitle => {
                            if conversation_title__.is_some() {
                                return Err(serde::de::Error::duplicate_field("conversationTitle"));
                            }
                            conversation_title__ = Some(map_.next_value()?);
                        }
                        GeneratedField::MessageId => {
                            if message_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("messageId"));
                            }
                            message_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Text => {
                            if text__.is_some() {
                                return Err(serde::de::Error::duplicate_field("text"));
                            }
                            text__ = Some(map_.next_value()?);
                        }
                        GeneratedField::CreatedAt => {
                            if created_at__.is_some() {
                                return Err(serde::de::Error::duplicate_field("createdAt"));
                            }
                            created_at__ = map_.next_value()?;
                        }
                        GeneratedField::Score => {
                            if score__.is_some() {
                                return Err(serde::de::Error::duplicate_field("score"));
                            }
                            score__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Relevant => {
                            if relevant__.is_some() {
                                return Err(serde::de::Error::duplicate_field("relevant"));
                            }
                            relevant__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Explanation => {
                            if explanation__.is_some() {
                                return Err(serde::de::Error::duplicate_field("explanation"));
                            }
                            explanation__ = map_.next_value()?;
                        }
                    }
                }
                Ok(FoundMemory {
                    memory_id: memory_id__.unwrap_or_default(),
                    kind: kind__.unwrap_or_default(),
                    role: role__.unwrap_or_default(),
                    conversation_id: conversation_id__.unwrap_or_default(),
                    conversation_title: conversation_title__.unwrap_or_default(),
                    message_id: message_id__.unwrap_or_default(),
                    text: text__.unwrap_or_default(),
                    created_at: created_at__,
                    score: score__.unwrap_or_default(),
                    relevant: relevant__.unwrap_or_default(),
                    explanation: explanation__,
                })
            }
        }
        deserializer.deserialize_struct("mosaic.memory.v1.FoundMemory", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for MemoryKind {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "MEMORY_KIND_UNSPECIFIED",
            Self::Message => "MEMORY_KIND_MESSAGE",
            Self::Note => "MEMORY_KIND_NOTE",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for MemoryKind {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "MEMORY_KIND_UNSPECIFIED",
            "MEMORY_KIND_MESSAGE",
            "MEMORY_KIND_NOTE",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = MemoryKind;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "MEMORY_KIND_UNSPECIFIED" => Ok(MemoryKind::Unspecified),
                    "MEMORY_KIND_MESSAGE" => Ok(MemoryKind::Message),
                    "MEMORY_KIND_NOTE" => Ok(MemoryKind::Note),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for MemoryRole {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "MEMORY_ROLE_UNSPECIFIED",
            Self::User => "MEMORY_ROLE_USER",
            Self::Assistant => "MEMORY_ROLE_ASSISTANT",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for MemoryRole {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "MEMORY_ROLE_UNSPECIFIED",
            "MEMORY_ROLE_USER",
            "MEMORY_ROLE_ASSISTANT",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = MemoryRole;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "MEMORY_ROLE_UNSPECIFIED" => Ok(MemoryRole::Unspecified),
                    "MEMORY_ROLE_USER" => Ok(MemoryRole::User),
                    "MEMORY_ROLE_ASSISTANT" => Ok(MemoryRole::Assistant),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for MemorySaved {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.memory_id.is_empty() {
            len += 1;
        }
        if !self.owner_id.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("mosaic.memory.v1.MemorySaved", len)?;
        if !self.memory_id.is_empty() {
            struct_ser.serialize_field("memoryId", &self.memory_id)?;
        }
        if !self.owner_id.is_empty() {
            struct_ser.serialize_field("ownerId", &self.owner_id)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for MemorySaved {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "memory_id",
            "memoryId",
            "owner_id",
            "ownerId",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            MemoryId,
            OwnerId,
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
                            "memoryId" | "memory_id" => Ok(GeneratedField::MemoryId),
                            "ownerId" | "owner_id" => Ok(GeneratedField::OwnerId),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = MemorySaved;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct mosaic.memory.v1.MemorySaved")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<MemorySaved, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut memory_id__ = None;
                let mut owner_id__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::MemoryId => {
                            if memory_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("memoryId"));
                            }
                            memory_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::OwnerId => {
                            if owner_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("ownerId"));
                            }
                            owner_id__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(MemorySaved {
                    memory_id: memory_id__.unwrap_or_default(),
                    owner_id: owner_id__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("mosaic.memory.v1.MemorySaved", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ScoreExplanation {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.text_rank != 0 {
            len += 1;
        }
        if self.text_score != 0. {
            len += 1;
        }
        if self.text_coverage != 0. {
            len += 1;
        }
        if self.vector_rank != 0 {
            len += 1;
        }
        if self.similarity != 0. {
            len += 1;
        }
        if self.recency != 0. {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("mosaic.memory.v1.ScoreExplanation", len)?;
        if self.text_rank != 0 {
            struct_ser.serialize_field("textRank", &self.text_rank)?;
        }
        if self.text_score != 0. {
            struct_ser.serialize_field("textScore", &self.text_score)?;
        }
        if self.text_coverage != 0. {
            struct_ser.serialize_field("textCoverage", &self.text_coverage)?;
        }
        if self.vector_rank != 0 {
            struct_ser.serialize_field("vectorRank", &self.vector_rank)?;
        }
        if self.similarity != 0. {
            struct_ser.serialize_field("similarity", &self.similarity)?;
        }
        if self.recency != 0. {
            struct_ser.serialize_field("recency", &self.recency)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ScoreExplanation {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "text_rank",
            "textRank",
            "text_score",
            "textScore",
            "text_coverage",
            "textCoverage",
            "vector_rank",
            "vectorRank",
            "similarity",
            "recency",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            TextRank,
            TextScore,
            TextCoverage,
            VectorRank,
            Similarity,
            Recency,
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
                            "textRank" | "text_rank" => Ok(GeneratedField::TextRank),
                            "textScore" | "text_score" => Ok(GeneratedField::TextScore),
                            "textCoverage" | "text_coverage" => Ok(GeneratedField::TextCoverage),
                            "vectorRank" | "vector_rank" => Ok(GeneratedField::VectorRank),
                            "similarity" => Ok(GeneratedField::Similarity),
                            "recency" => Ok(GeneratedField::Recency),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ScoreExplanation;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct mosaic.memory.v1.ScoreExplanation")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ScoreExplanation, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut text_rank__ = None;
                let mut text_score__ = None;
                let mut text_coverage__ = None;
                let mut vector_rank__ = None;
                let mut similarity__ = None;
                let mut recency__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::TextRank => {
                            if text_rank__.is_some() {
                                return Err(serde::de::Error::duplicate_field("textRank"));
                            }
                            text_rank__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::TextScore => {
                            if text_score__.is_some() {
                                return Err(serde::de::Error::duplicate_field("textScore"));
                            }
                            text_score__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::TextCoverage => {
                            if text_coverage__.is_some() {
                                return Err(serde::de::Error::duplicate_field("textCoverage"));
                            }
                            text_coverage__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::VectorRank => {
                            if vector_rank__.is_some() {
                                return Err(serde::de::Error::duplicate_field("vectorRank"));
                            }
                            vector_rank__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Similarity => {
                            if similarity__.is_some() {
                                return Err(serde::de::Error::duplicate_field("similarity"));
                            }
                            similarity__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Recency => {
                            if recency__.is_some() {
                                return Err(serde::de::Error::duplicate_field("recency"));
                            }
                            recency__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(ScoreExplanation {
                    text_rank: text_rank__.unwrap_or_default(),
                    text_score: text_score__.unwrap_or_default(),
                    text_coverage: text_coverage__.unwrap_or_default(),
                    vector_rank: vector_rank__.unwrap_or_default(),
                    similarity: similarity__.unwrap_or_default(),
                    recency: recency__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("mosaic.memory.v1.ScoreExplanation", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SearchRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.workspace_id.is_empty() {
            len += 1;
        }
        if !self.user_id.is_empty() {
            len += 1;
        }
        if !self.query.is_empty() {
            len += 1;
        }
        if self.limit != 0 {
            len += 1;
        }
        if self.kind != 0 {
            len += 1;
        }
        if !self.conversation_id.is_empty() {
            len += 1;
        }
        if !self.exclude_conversation_id.is_empty() {
            len += 1;
        }
        if self.since.is_some() {
            len += 1;
        }
        if self.until.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("mosaic.memory.v1.SearchRequest", len)?;
        if !self.workspace_id.is_empty() {
            struct_ser.serialize_field("workspaceId", &self.workspace_id)?;
        }
        if !self.user_id.is_empty() {
            struct_ser.serialize_field("userId", &self.user_id)?;
        }
        if !self.query.is_empty() {
            struct_ser.serialize_field("query", &self.query)?;
        }
        if self.limit != 0 {
            struct_ser.serialize_field("limit", &self.limit)?;
        }
        if self.kind != 0 {
            let v = MemoryKind::try_from(self.kind)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.kind)))?;
            struct_ser.serialize_field("kind", &v)?;
        }
        if !self.conversation_id.is_empty() {
            struct_ser.serialize_field("conversationId", &self.conversation_id)?;
        }
        if !self.exclude_conversation_id.is_empty() {
            struct_ser.serialize_field("excludeConversationId", &self.exclude_conversation_id)?;
        }
        if let Some(v) = self.since.as_ref() {
            struct_ser.serialize_field("since", v)?;
        }
        if let Some(v) = self.until.as_ref() {
            struct_ser.serialize_field("until", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SearchRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "workspace_id",
            "workspaceId",
            "user_id",
            "userId",
            "query",
            "limit",
            "kind",
            "conversation_id",
            "conversationId",
            "exclude_conversation_id",
            "excludeConversationId",
            "since",
            "until",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            WorkspaceId,
            UserId,
            Query,
            Limit,
            Kind,
            ConversationId,
            ExcludeConversationId,
            Since,
            Until,
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
                            "workspaceId" | "workspace_id" => Ok(GeneratedField::WorkspaceId),
                            "userId" | "user_id" => Ok(GeneratedField::UserId),
                            "query" => Ok(GeneratedField::Query),
                            "limit" => Ok(GeneratedField::Limit),
                            "kind" => Ok(GeneratedField::Kind),
                            "conversationId" | "conversation_id" => Ok(GeneratedField::ConversationId),
                            "excludeConversationId" | "exclude_conversation_id" => Ok(GeneratedField::ExcludeConversationId),
                            "since" => Ok(GeneratedField::Since),
                            "until" => Ok(GeneratedField::Until),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SearchRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct mosaic.memory.v1.SearchRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SearchRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut workspace_id__ = None;
                let mut user_id__ = None;
                let mut query__ = None;
                let mut limit__ = None;
                let mut kind__ = None;
                let mut conversation_id__ = None;
                let mut exclude_conversation_id__ = None;
                let mut since__ = None;
                let mut until__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::WorkspaceId => {
                            if workspace_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("workspaceId"));
                            }
                            workspace_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::UserId => {
                            if user_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("userId"));
                            }
                            user_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Query => {
                            if query__.is_some() {
                                return Err(serde::de::Error::duplicate_field("query"));
                            }
                            query__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Limit => {
                            if limit__.is_some() {
                                return Err(serde::de::Error::duplicate_field("limit"));
                            }
                            limit__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Kind => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("kind"));
                            }
                            kind__ = Some(map_.next_value::<MemoryKind>()? as i32);
                        }
                        GeneratedField::ConversationId => {
                            if conversation_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("conversationId"));
                            }
                            conversation_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ExcludeConversationId => {
                            if exclude_conversation_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("excludeConversationId"));
                            }
                            exclude_conversation_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Since => {
                            if since__.is_some() {
                                return Err(serde::de::Error::duplicate_field("since"));
                            }
                            since__ = map_.next_value()?;
                        }
                        GeneratedField::Until => {
                            if until__.is_some() {
                                return Err(serde::de::Error::duplicate_field("until"));
                            }
                            until__ = map_.next_value()?;
                        }
                    }
                }
                Ok(SearchRequest {
                    workspace_id: workspace_id__.unwrap_or_default(),
                    user_id: user_id__.unwrap_or_default(),
                    query: query__.unwrap_or_default(),
                    limit: limit__.unwrap_or_default(),
                    kind: kind__.unwrap_or_default(),
                    conversation_id: conversation_id__.unwrap_or_default(),
                    exclude_conversation_id: exclude_conversation_id__.unwrap_or_default(),
                    since: since__,
                    until: until__,
                })
            }
        }
        deserializer.deserialize_struct("mosaic.memory.v1.SearchRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for SearchResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.memories.is_empty() {
            len += 1;
        }
        if !self.model.is_empty() {
            len += 1;
        }
        if !self.note.is_empty() {
            len += 1;
        }
        if !self.degraded.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("mosaic.memory.v1.SearchResponse", len)?;
        if !self.memories.is_empty() {
            struct_ser.serialize_field("memories", &self.memories)?;
        }
        if !self.model.is_empty() {
            struct_ser.serialize_field("model", &self.model)?;
        }
        if !self.note.is_empty() {
            struct_ser.serialize_field("note", &self.note)?;
        }
        if !self.degraded.is_empty() {
            struct_ser.serialize_field("degraded", &self.degraded)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for SearchResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "memories",
            "model",
            "note",
            "degraded",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Memories,
            Model,
            Note,
            Degraded,
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
                            "memories" => Ok(GeneratedField::Memories),
                            "model" => Ok(GeneratedField::Model),
                            "note" => Ok(GeneratedField::Note),
                            "degraded" => Ok(GeneratedField::Degraded),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = SearchResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct mosaic.memory.v1.SearchResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<SearchResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut memories__ = None;
                let mut model__ = None;
                let mut note__ = None;
                let mut degraded__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Memories => {
                            if memories__.is_some() {
                                return Err(serde::de::Error::duplicate_field("memories"));
                            }
                            memories__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Model => {
                            if model__.is_some() {
                                return Err(serde::de::Error::duplicate_field("model"));
                            }
                            model__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Note => {
                            if note__.is_some() {
                                return Err(serde::de::Error::duplicate_field("note"));
                            }
                            note__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Degraded => {
                            if degraded__.is_some() {
                                return Err(serde::de::Error::duplicate_field("degraded"));
                            }
                            degraded__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(SearchResponse {
                    memories: memories__.unwrap_or_default(),
                    model: model__.unwrap_or_default(),
                    note: note__.unwrap_or_default(),
                    degraded: degraded__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("mosaic.memory.v1.SearchResponse", FIELDS, GeneratedVisitor)
    }
}
