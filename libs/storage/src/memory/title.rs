//! The title of a conversation, which is at first the beginning of its first message: forgotten with it.

use mosaic_domain::ConversationId;
use mosaic_domain::agent::title_from;
use sqlx::PgConnection;

use crate::Error;

/// Takes the title away if it still is what a forgotten message began with. The row of the conversation is locked.
pub(super) async fn clear(tx: &mut PgConnection, id: ConversationId) -> Result<(), Error> {
    // Compared here only roughly, so that few texts are read: a title is cut out of one line of its message.
    let rows = sqlx::query!(
        r#"SELECT c.title AS "title!", m.content
           FROM conversations c
           JOIN memory_forgotten f ON f.conversation_id = c.id
           JOIN messages m ON m.id = f.message_id
           WHERE c.id = $1 AND c.title <> '' AND strpos(m.content, rtrim(c.title, '…')) > 0"#,
        id.uuid(),
    )
    .fetch_all(&mut *tx)
    .await?;
    if rows.iter().any(|row| title_from(&row.content) == row.title) {
        sqlx::query!(
            "UPDATE conversations SET title = NULL WHERE id = $1",
            id.uuid()
        )
        .execute(tx)
        .await?;
    }
    Ok(())
}
