//! The people and agencies of the sample tenant: invented names, each agency with a temper of its own.

use commands::cases::agency::RegisterAgency;
use commands::organization::user::CreateUser;
use domain::organization::role::Role;
use domain::{Amount, Email, Text};
use rust_decimal::Decimal;

/// How an agency works, as chances in percent and usual days.
pub struct Temper {
    pub name: &'static str,
    pub contact: &'static str,
    pub capacity: u32,
    pub min: u32,
    pub max: Option<u32>,
    /// Usual days from assignment to completion.
    pub days: u32,
    pub rejects: u32,
    pub delays: u32,
}

/// The agencies of the sample tenant.
pub const AGENCIES: &[Temper] = &[
    Temper {
        name: "Swift Debt Solutions",
        contact: "Maria Keller",
        capacity: 60,
        min: 0,
        max: Some(20_000),
        days: 3,
        rejects: 4,
        delays: 6,
    },
    Temper {
        name: "Harbour & Lane Recovery",
        contact: "Tomás Vidal",
        capacity: 45,
        min: 500,
        max: None,
        days: 6,
        rejects: 8,
        delays: 15,
    },
    Temper {
        name: "Northgate Collections",
        contact: "Ingrid Solberg",
        capacity: 40,
        min: 0,
        max: Some(5_000),
        days: 5,
        rejects: 12,
        delays: 10,
    },
    Temper {
        name: "Meridian Credit Partners",
        contact: "Daniel Okafor",
        capacity: 35,
        min: 2_000,
        max: None,
        days: 9,
        rejects: 6,
        delays: 25,
    },
    Temper {
        name: "Clearwater Receivables",
        contact: "Aiko Tanaka",
        capacity: 30,
        min: 0,
        max: Some(10_000),
        days: 4,
        rejects: 3,
        delays: 5,
    },
    Temper {
        name: "Old Mill Recoveries",
        contact: "Piotr Nowak",
        capacity: 25,
        min: 0,
        max: None,
        days: 12,
        rejects: 18,
        delays: 30,
    },
];

/// Who signs in: address, first and last name, role.
pub type Account = (&'static str, &'static str, &'static str, Role);

/// The people of the desk. The first is the login that `docket demo` prints.
pub const PEOPLE: &[Account] = &[
    ("demo@docket.local", "Dana", "Moreau", Role::CompanyAdmin),
    ("ines@docket.local", "Inês", "Carvalho", Role::CaseWorker),
    ("samuel@docket.local", "Samuel", "Brandt", Role::CaseWorker),
    ("leila@docket.local", "Leila", "Haddad", Role::Supervisor),
    ("audit@docket.local", "Otto", "Lindqvist", Role::Auditor),
];

const FIRST: &[&str] = &[
    "Anna", "Bruno", "Chiara", "David", "Elena", "Farid", "Greta", "Hugo", "Irene", "Jonas", "Karin", "Luca", "Mina", "Nils",
    "Olga", "Pavel", "Rosa", "Sven", "Tara", "Umar", "Vera", "Wim", "Yara", "Zoe",
];
const LAST: &[&str] = &[
    "Abbott", "Bianchi", "Castro", "Dubois", "Eriksen", "Fischer", "Gallo", "Horvat", "Ivanov", "Jansen", "Kovacs", "Lambert",
    "Marino", "Novak", "Olsen", "Petrov", "Quinn", "Rossi", "Schmidt", "Torres", "Ueda", "Varga", "Weber", "Young",
];

/// The name and address of the n-th debtor.
pub fn debtor(n: usize) -> (String, String) {
    let (first, last) = (FIRST[n % FIRST.len()], LAST[(n / 7 + n) % LAST.len()]);
    (format!("{first} {last}"), format!("{}.{}{}@mail.example", first.to_lowercase(), last.to_lowercase(), n))
}

/// The wish that registers an agency.
pub fn register(agency: &Temper) -> Result<RegisterAgency, String> {
    let amount = |value: u32| Amount::try_from(Decimal::from(value));
    Ok(RegisterAgency {
        name: Text::try_from(agency.name)?,
        contact_person: Some(Text::try_from(agency.contact)?),
        email: Some(Email::try_from(format!(
            "desk@{}.example",
            agency.name.split(' ').next().unwrap_or("agency").to_lowercase()
        ))?),
        phone: None,
        website_url: None,
        max_capacity: agency.capacity,
        min_debt_amount: amount(agency.min)?,
        max_debt_amount: agency.max.map(amount).transpose()?,
    })
}

/// The wish that creates a person's account.
pub fn create((email, first, last, role): &Account) -> Result<CreateUser, String> {
    Ok(CreateUser {
        email: Email::try_from(*email)?,
        first_name: Text::try_from(*first)?,
        last_name: Some(Text::try_from(*last)?),
        roles: vec![*role],
        location_id: None,
        profile_image_url: None,
    })
}
