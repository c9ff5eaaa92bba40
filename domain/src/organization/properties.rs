//! Random lives of companies, people and sites: no seat beyond the limit, no closed account that may anything, nothing unreadable.

use crate::aggregate::fold;
use crate::event::{decode, encode};
use crate::organization::location::{Location, LocationEvent, LocationRefusal};
use crate::organization::role::{Permission, Role};
use crate::organization::tenant::{Tenant, TenantDetails, TenantEvent};
use crate::organization::user::{User, UserDetails, UserEvent};
use crate::{Aggregate, Decision, Email, LocationId, Personal, Text, UserId};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeSet;
use uuid::Uuid;

fn read_back<E: serde::Serialize + serde::de::DeserializeOwned>(event: &E) -> E {
    let stored = encode(event).unwrap();
    decode(&stored.name, &stored.body).unwrap()
}

fn text<const MAX: usize>() -> impl Strategy<Value = Text<MAX>> {
    "[\\PC\n\t\"\\\\]{1,12}".prop_filter_map("blank", |words| Text::try_from(words).ok())
}

fn zone() -> impl Strategy<Value = String> {
    select(&["UTC", "Europe/Rome", "America/Detroit", "Mars/Base", ""][..]).prop_map(str::to_owned)
}

fn user() -> impl Strategy<Value = UserId> {
    (0..6u128).prop_map(|n| UserId(Uuid::from_u128(n)))
}

fn company() -> impl Strategy<Value = TenantDetails> {
    let limit = || prop_oneof![9 => 0..5u32, 1 => any::<u32>()];
    (text(), text(), any::<bool>(), limit(), limit()).prop_map(|(name, subscription_plan, is_active, max_users, max_channels)| {
        TenantDetails { name, subscription_plan, is_active, max_users, max_channels, environment: None }
    })
}

fn tenant_event() -> impl Strategy<Value = TenantEvent> {
    prop_oneof![
        company().prop_map(|details| TenantEvent::Registered { details }),
        company().prop_map(|details| TenantEvent::Updated { details }),
        user().prop_map(|user| TenantEvent::SeatTaken { user }),
        user().prop_map(|user| TenantEvent::SeatFreed { user }),
        Just(TenantEvent::ImportBegan {}),
        Just(TenantEvent::ImportEnded {}),
    ]
}

/// Something asked of a company.
#[derive(Clone, Debug)]
enum AskTenant {
    Register(TenantDetails),
    Update(TenantDetails),
    Seat(UserId),
    Unseat(UserId),
    BeginImport,
    EndImport,
}

fn ask_tenant() -> impl Strategy<Value = AskTenant> {
    prop_oneof![
        1 => company().prop_map(AskTenant::Register),
        2 => company().prop_map(AskTenant::Update),
        8 => user().prop_map(AskTenant::Seat),
        3 => user().prop_map(AskTenant::Unseat),
        1 => Just(AskTenant::BeginImport),
        1 => Just(AskTenant::EndImport),
    ]
}

fn of_tenant(tenant: &Tenant, ask: AskTenant) -> Decision<Tenant> {
    match ask {
        AskTenant::Register(details) => tenant.register(details),
        AskTenant::Update(details) => tenant.update(details),
        AskTenant::Seat(user) => tenant.seat(user),
        AskTenant::Unseat(user) => tenant.unseat(user),
        AskTenant::BeginImport => tenant.begin_import(),
        AskTenant::EndImport => tenant.end_import(),
    }
}

fn person() -> impl Strategy<Value = UserDetails> {
    let email = "[a-z]{1,5}@[a-z]{1,5}\\.com".prop_map(|address| Email::try_from(address).unwrap());
    let location = option::of((0..3u128).prop_map(|n| LocationId(Uuid::from_u128(n))));
    (email, text(), option::of(text()), vec(select(&Role::ALL[..]), 0..4), location).prop_map(
        |(email, first_name, last_name, roles, location)| UserDetails {
            email: Personal::new(email),
            first_name: Personal::new(first_name),
            last_name: last_name.map(Personal::new),
            roles,
            location,
            profile_image_url: None,
        },
    )
}

fn user_event() -> impl Strategy<Value = UserEvent> {
    let address = || option::of("\\PC{0,12}".prop_map(Personal::new));
    prop_oneof![
        person().prop_map(|details| UserEvent::Created { details }),
        person().prop_map(|details| UserEvent::Updated { details }),
        option::of("\\PC{0,12}").prop_map(|reason| UserEvent::Deactivated { reason }),
        Just(UserEvent::Reactivated {}),
        Just(UserEvent::PasswordChanged {}),
        address().prop_map(|address| UserEvent::LoggedIn { address }),
        (address(), "\\PC{0,12}").prop_map(|(address, reason)| UserEvent::LoginRefused { address, reason }),
        Just(UserEvent::SessionRefreshed {}),
        Just(UserEvent::LoggedOut {}),
    ]
}

/// Something asked of an account.
#[derive(Clone, Debug)]
enum AskUser {
    Create(UserDetails),
    Update(UserDetails),
    Deactivate,
    Reactivate,
    ChangePassword,
    Note(UserEvent),
}

fn ask_user() -> impl Strategy<Value = AskUser> {
    prop_oneof![
        person().prop_map(AskUser::Create),
        person().prop_map(AskUser::Update),
        Just(AskUser::Deactivate),
        Just(AskUser::Reactivate),
        Just(AskUser::ChangePassword),
        Just(AskUser::Note(UserEvent::LoggedOut {})),
    ]
}

fn of_user(user: &User, ask: AskUser, by: &dyn Fn(Permission) -> bool) -> Decision<User> {
    match ask {
        AskUser::Create(details) => user.create(details, by),
        AskUser::Update(details) => user.update(details, by),
        AskUser::Deactivate => user.deactivate(None, by),
        AskUser::Reactivate => user.reactivate(by),
        AskUser::ChangePassword => user.change_password(by),
        AskUser::Note(event) => user.note(event),
    }
}

fn location_event() -> impl Strategy<Value = LocationEvent> {
    prop_oneof![
        (text(), zone()).prop_map(|(name, timezone)| LocationEvent::Added { name, timezone }),
        (text(), zone()).prop_map(|(name, timezone)| LocationEvent::Changed { name, timezone }),
        Just(LocationEvent::Removed {}),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn seats_never_exceed_the_limit_at_the_moment_of_taking(first in company(), asks in vec(ask_tenant(), 0..40)) {
        let (mut tenant, mut seated) = (Tenant::default(), BTreeSet::new());
        for ask in [AskTenant::Register(first)].into_iter().chain(asks) {
            for event in of_tenant(&tenant, ask).unwrap_or_default() {
                match &event {
                    TenantEvent::SeatTaken { user } => {
                        prop_assert!(tenant.is_active() && seated.insert(*user));
                        prop_assert!(seated.len() as u64 <= u64::from(tenant.details().unwrap().max_users));
                    }
                    TenantEvent::SeatFreed { user } => prop_assert!(seated.remove(user)),
                    _ => {}
                }
                tenant.evolve(&event);
            }
        }
    }

    #[test]
    fn any_history_of_a_company_folds_and_reads_back(events in vec(tenant_event(), 0..12), asks in vec(ask_tenant(), 0..4)) {
        let tenant: Tenant = fold(&events);
        for ask in asks {
            let _ = of_tenant(&tenant, ask);
        }
        for event in &events {
            prop_assert_eq!(&read_back(event), event);
        }
    }

    #[test]
    fn only_a_super_admin_makes_or_unmakes_one(asks in vec(ask_user(), 0..20), first in person(), boss in any::<bool>()) {
        let role = if boss { Role::SuperAdmin } else { Role::CompanyAdmin };
        let by = |permission| role.permissions().contains(&permission);
        let mut user = User::default();
        user.evolve(&UserEvent::Created { details: first });
        for ask in asks {
            let (was, noted) = (user.roles().contains(&Role::SuperAdmin), matches!(ask, AskUser::Note(_)));
            for event in of_user(&user, ask, &by).unwrap_or_default() {
                user.evolve(&event);
                prop_assert!(boss || noted || !was && !user.roles().contains(&Role::SuperAdmin), "{:?}", event);
                let updated = matches!(event, UserEvent::Updated { .. });
                prop_assert!(!updated || !user.roles().is_empty());
            }
            prop_assert!(user.is_active() || !Role::ALL.iter().flat_map(|r| r.permissions()).any(|p| user.may(*p)));
        }
    }

    #[test]
    fn any_history_of_an_account_folds_and_reads_back(events in vec(user_event(), 0..12), asks in vec(ask_user(), 0..4)) {
        let user: User = fold(&events);
        let _ = user.scope();
        for ask in asks {
            let _ = of_user(&user, ask, &|_| true);
        }
        for event in &events {
            prop_assert_eq!(&read_back(event), event);
        }
    }

    #[test]
    fn any_history_of_a_site_folds_and_reads_back(events in vec(location_event(), 0..12), name in text(), zone in zone()) {
        let location: Location = fold(&events);
        let _ = (location.change(Some(name.clone()), Some(zone.clone())), location.remove());
        if !events.is_empty() {
            prop_assert_eq!(location.add(name, "UTC".into()), Err(LocationRefusal::AlreadyAdded));
        }
        for event in &events {
            prop_assert_eq!(&read_back(event), event);
        }
    }

    #[test]
    fn a_site_always_has_a_zone_that_exists(asks in vec((option::of(text()), option::of(zone()), 0..3u8), 0..12)) {
        let mut location = Location::default();
        for (name, zone, wish) in asks {
            let decision = match (wish, name, zone) {
                (0, Some(name), Some(zone)) => location.add(name, zone),
                (1, ..) => location.remove(),
                (_, name, zone) => location.change(name, zone),
            };
            for event in decision.unwrap_or_default() {
                location.evolve(&event);
                if let LocationEvent::Added { timezone, .. } | LocationEvent::Changed { timezone, .. } = &event {
                    prop_assert!(timezone.parse::<chrono_tz::Tz>().is_ok());
                }
            }
        }
    }
}
