//! Amounts of money, to the cent, never through a float.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// An amount that is not negative, with at most two decimals and below ten trillion; accepts a JSON number or a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Amount(Decimal);

impl Amount {
    /// The largest amount that is accepted: 9,999,999,999,999.99.
    pub const MAX: Decimal = Decimal::from_parts(2_764_472_319, 232_830, 0, false, 2);

    pub fn value(self) -> Decimal {
        self.0
    }
}

impl Default for Amount {
    /// Written `0.00` like every amount, so that it looks the same before and after storage.
    fn default() -> Self {
        Self(Decimal::new(0, 2))
    }
}

impl TryFrom<Decimal> for Amount {
    type Error = String;
    fn try_from(value: Decimal) -> Result<Self, String> {
        if value.is_sign_negative() && !value.is_zero() {
            return Err(format!("must be at least 0, is {value}"));
        }
        if value.normalize().scale() > 2 {
            return Err(format!("must have at most two decimals, is {value}"));
        }
        if value > Self::MAX {
            return Err(format!("must be at most {}, is {value}", Self::MAX));
        }
        let mut value = value.abs();
        value.rescale(2);
        Ok(Self(value))
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = <Decimal as Deserialize>::deserialize(deserializer)?;
        Amount::try_from(value).map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A currency by its three capital letters (ISO 4217), `USD` where none is named.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("USD")
    }
}

impl Default for Currency {
    fn default() -> Self {
        Self(*b"USD")
    }
}

impl TryFrom<String> for Currency {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_uppercase) => Ok(Self(code)),
            _ => Err("must be three capital letters such as EUR".into()),
        }
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.as_str().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An amount with its currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Money {
    pub amount: Amount,
    pub currency: Currency,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Amount, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn numbers_and_strings_keep_their_exact_digits() {
        for (text, shown) in
            [("31.3", "31.30"), ("\"31.30\"", "31.30"), ("0", "0.00"), ("15000.00", "15000.00"), ("1.500", "1.50")]
        {
            let amount = read(text).unwrap();
            assert_eq!(serde_json::to_string(&amount).unwrap(), shown);
        }
        assert_eq!(read("9999999999999.99").unwrap().value(), Amount::MAX);
    }

    #[test]
    fn what_is_no_amount_is_refused_with_the_rule() {
        for (text, rule) in [
            ("-1", "at least 0"),
            ("0.001", "two decimals"),
            ("1e30", ""),
            ("10000000000000", "at most"),
            ("\"x\"", ""),
            ("null", ""),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(rule), "{text}: {error}");
        }
    }
}
