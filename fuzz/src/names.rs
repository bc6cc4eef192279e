//! Names, patterns, addresses, tokens and conditions. Accepted input follows the rules and is kept unchanged; a pattern
//! means the same in memory as in SQL.

use strongroom_server::internals::{
    ApiKey, ApiKeyId, EmailAddress, Filter, RoleId, Scalar, SecretColumn, Slug, TeamId, TeamName, Test, Time,
    Token, format_time, parse_audit_filter, parse_patterns, parse_permissions, parse_role_name, parse_time,
    permission_texts,
};
use strongroom_shared::{BuiltInRole, SecretName, SecretPattern, Uuid, limit};

/// Parses the text as everything; its first line is a name, the others are patterns.
pub fn run(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    names(text);
    patterns(text);
    let _ = parse_audit_filter(text);
    if let Some(token) = Token::parse(text) {
        assert_eq!(token.expose(), text);
    }
    if let Some(id) = RoleId::parse(text) {
        assert_eq!(RoleId::parse(&id.to_string()), Some(id));
    }
    // The store has microseconds.
    if let Some(time) = parse_time(text) {
        let written = format_time(time);
        let read = parse_time(&written).unwrap_or_else(|| panic!("{text:?} is written as {written}"));
        assert_eq!(format_time(read), written, "{text:?}");
    }
    let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    if let Ok(permissions) = parse_permissions(&words) {
        assert_eq!(parse_permissions(&permission_texts(permissions)), Ok(permissions));
    }
}

fn names(text: &str) {
    let is_clean = text.trim() == text && !text.is_empty() && !text.contains(char::is_control);
    let fits = |most: usize| is_clean && text.chars().count() <= most;
    match SecretName::parse(text) {
        Ok(name) => assert_eq!(name.as_str(), text),
        Err(error) => assert!(!fits(limit::SECRET_NAME_CHARS), "{text:?}: {error}"),
    }
    if let Ok(name) = TeamName::parse(text) {
        assert!(fits(limit::LABEL_CHARS) && name.as_str() == text);
        let slug = Slug::of_name(&name);
        for slug in [slug.numbered(2), slug.numbered(u32::MAX), slug] {
            assert_eq!(Slug::parse(slug.as_str()), Ok(slug));
        }
    }
    if let Ok(name) = parse_role_name(text.to_owned()) {
        assert!(fits(limit::ROLE_NAME_CHARS) && name.0 == text);
        assert!(BuiltInRole::parse(text).is_none(), "{text:?} is a built-in role");
    }
    if let Ok(email) = EmailAddress::parse(text) {
        assert_eq!(EmailAddress::parse(email.as_str()), Ok(email));
    }
}

/// A limited key sees a name in memory if and only if the filter of its lists accepts it.
fn patterns(text: &str) {
    let mut lines = text.lines();
    let name = lines.next().unwrap_or_default();
    let Ok(Some(patterns)) = parse_patterns(lines.map(str::to_owned).collect()) else {
        return;
    };
    for pattern in &patterns {
        assert_eq!(SecretPattern::parse(pattern.to_string()).as_ref(), Ok(pattern));
        assert!(pattern.matches(pattern.as_str()), "{pattern} does not match itself");
    }
    let key = ApiKey {
        id: ApiKeyId(Uuid::nil()),
        team_id: TeamId(Uuid::nil()),
        user_id: None,
        name: "job".to_owned(),
        role: BuiltInRole::Runner.into(),
        secrets: Some(patterns),
        created: Time::UNIX_EPOCH,
        created_by: String::new(),
        expires: None,
        last_used: None,
    };
    assert_eq!(key.sees(name), holds(&key.scope(), name), "{text:?}");
}

fn holds(filter: &Filter<SecretColumn>, name: &str) -> bool {
    match filter {
        Filter::Any(filters) => filters.iter().any(|filter| holds(filter, name)),
        Filter::Column(SecretColumn::Name, Test::Equal(Scalar::Text(text))) => text == name,
        // `substr(name, 1, length) = prefix`
        Filter::Column(SecretColumn::Name, Test::StartsWith(prefix)) => {
            let start: String = name.chars().take(prefix.chars().count()).collect();
            start == *prefix
        }
        other => panic!("{other:?} is no filter of a limited key"),
    }
}
