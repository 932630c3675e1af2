//! Model providers: one trait, adapters over real HTTP streaming, one error taxonomy.
