//! Which machines may be told: those of the outside world, never one that only Docket's own network can reach.

use ipnet::IpNet;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// How long looking up a name may take when an endpoint is added.
const LOOKUP: Duration = Duration::from_secs(5);

/// Why nothing is sent to an address. It names the rule and not the address: what a name means inside is nobody's business.
#[derive(Clone, Debug, thiserror::Error, PartialEq)]
pub enum Unfit {
    #[error("must begin with http:// or https:// and name a host")]
    NoAddress,
    #[error("must not hold a user name or password; what is sent is signed instead")]
    Credentials,
    #[error("must not lead to a machine that only Docket's own network reaches ({0})")]
    Inside(&'static str),
    #[error("must name a host that can be found")]
    NotFound,
}

/// Networks that the operator lets Docket send to although they are inside. Looks names up, and gives only addresses that may be
/// connected to, so that what was checked is what is connected to.
#[derive(Clone, Debug, Default)]
pub struct Addresses {
    allowed: Arc<[IpNet]>,
}

impl Addresses {
    pub fn allowing(networks: &[IpNet]) -> Self {
        Self { allowed: networks.into() }
    }

    /// Reads a web address as it will be used, and checks what can be checked without asking anybody.
    pub fn read(&self, text: &str) -> Result<Url, Unfit> {
        let url = Url::parse(text).map_err(|_| Unfit::NoAddress)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Unfit::NoAddress);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Unfit::Credentials);
        }
        match literal(&url) {
            Some(ip) => self.check(ip)?,
            None if url.host_str().is_none_or(str::is_empty) => return Err(Unfit::NoAddress),
            None => {}
        }
        Ok(url)
    }

    /// The same, and looks its name up: every address behind it must be fit.
    pub async fn look_up(&self, text: &str) -> Result<(), Unfit> {
        let url = self.read(text)?;
        if literal(&url).is_some() {
            return Ok(());
        }
        let host = url.host_str().unwrap_or_default();
        match tokio::time::timeout(LOOKUP, self.resolve_name(host)).await {
            Ok(found) => found.map(|_| ()),
            Err(_) => Err(Unfit::NotFound),
        }
    }

    async fn resolve_name(&self, host: &str) -> Result<Vec<SocketAddr>, Unfit> {
        let found: Vec<_> = tokio::net::lookup_host((host, 0)).await.map_err(|_| Unfit::NotFound)?.collect();
        if found.is_empty() {
            return Err(Unfit::NotFound);
        }
        found.iter().try_for_each(|address| self.check(address.ip()))?;
        Ok(found)
    }

    fn check(&self, ip: IpAddr) -> Result<(), Unfit> {
        match inside(ip) {
            Some(_) if self.allowed.iter().any(|network| network.contains(&ip.to_canonical())) => Ok(()),
            Some(why) => Err(Unfit::Inside(why)),
            None => Ok(()),
        }
    }
}

impl Resolve for Addresses {
    fn resolve(&self, name: Name) -> Resolving {
        let (here, name) = (self.clone(), name.as_str().to_owned());
        Box::pin(async move {
            let found: Addrs = Box::new(here.resolve_name(&name).await?.into_iter());
            Ok(found)
        })
    }
}

/// The address that a URL names by its digits, however they are written.
fn literal(url: &Url) -> Option<IpAddr> {
    url.host_str().and_then(|host| host.trim_start_matches('[').trim_end_matches(']').parse().ok())
}

/// Why an address is none of the outside world's, if it is not.
fn inside(ip: IpAddr) -> Option<&'static str> {
    match ip {
        IpAddr::V4(ip) => inside_v4(ip),
        IpAddr::V6(ip) => inside_v6(ip),
    }
}

fn inside_v4(ip: Ipv4Addr) -> Option<&'static str> {
    let [a, b, c, _] = ip.octets();
    match (a, b, c) {
        (0, ..) => Some("unspecified"),
        (10, ..) | (192, 168, _) => Some("private"),
        (172, 16..=31, _) => Some("private"),
        (100, 64..=127, _) => Some("carrier-grade NAT"),
        (127, ..) => Some("loopback"),
        (169, 254, _) => Some("link-local"),
        (192, 0, 0) | (192, 88, 99) => Some("reserved"),
        (192, 0, 2) | (198, 51, 100) | (203, 0, 113) => Some("documentation"),
        (198, 18..=19, _) => Some("benchmarking"),
        (224..=239, ..) => Some("multicast"),
        (240.., ..) => Some("reserved"),
        _ => None,
    }
}

/// Only what is handed out to the world (2000::/3) is outside, and of that nothing that carries another address in it.
fn inside_v6(ip: Ipv6Addr) -> Option<&'static str> {
    if let Some(mapped) = ip.to_ipv4_mapped() {
        return Some(inside_v4(mapped).unwrap_or("IPv4 in IPv6"));
    }
    match ip.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Some("unspecified"),
        [0, 0, 0, 0, 0, 0, 0, 1] => Some("loopback"),
        [0xfc00..=0xfdff, ..] => Some("unique local"),
        [0xfe80..=0xfebf, ..] => Some("link-local"),
        [0xff00..=0xffff, ..] => Some("multicast"),
        [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => Some("documentation"),
        [0x2001, 0..=0x01ff, ..] | [0x2002, ..] => Some("tunnel"),
        [0x2000..=0x3fff, ..] => None,
        _ => Some("reserved"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_inside_is_refused_however_it_is_written() {
        let outside = Addresses::default();
        for url in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://017700000001/",
            "http://0.0.0.0/",
            "http://10.0.0.1:8080/",
            "http://172.16.0.1/",
            "http://172.31.255.255/",
            "http://192.168.1.1/",
            "http://169.254.169.254/latest/meta-data",
            "http://100.64.0.1/",
            "http://100.127.255.255/",
            "http://192.0.2.1/",
            "http://198.51.100.7/",
            "http://203.0.113.9/",
            "http://198.18.0.1/",
            "http://224.0.0.1/",
            "http://255.255.255.255/",
            "http://192.0.0.1/",
            "http://[::]/",
            "http://[::1]/",
            "http://[fc00::1]/",
            "http://[fd12:3456::1]/",
            "http://[fe80::1]/",
            "http://[ff02::1]/",
            "http://[2001:db8::1]/",
            "http://[3fff::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:8.8.8.8]/",
            "http://[::ffff:7f00:1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[2002:7f00:1::]/",
            "http://[2001::1]/",
            "http://[::7f00:1]/",
            "http://[fec0::1]/",
        ] {
            assert!(matches!(outside.read(url), Err(Unfit::Inside(_))), "{url}: {:?}", outside.read(url));
        }
        for url in [
            "https://8.8.8.8/",
            "http://1.1.1.1:8080/x",
            "https://[2606:4700::1111]/",
            "http://172.32.0.1/",
            "http://100.128.0.1/",
        ] {
            assert!(outside.read(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn an_address_is_a_web_address_without_a_password() {
        let outside = Addresses::default();
        for url in ["ftp://example.com/", "https://", "example.com", "file:///etc/passwd", "http://exa mple.com/"] {
            assert_eq!(outside.read(url), Err(Unfit::NoAddress), "{url}");
        }
        assert_eq!(outside.read("https://me:secret@example.com/"), Err(Unfit::Credentials));
        assert_eq!(outside.read("https://me@example.com/"), Err(Unfit::Credentials));
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_refused_unless_the_operator_allows_it() {
        let outside = Addresses::default();
        assert_eq!(outside.look_up("http://localhost:9/").await, Err(Unfit::Inside("loopback")));
        assert_eq!(outside.look_up("http://no-such-host.invalid/").await, Err(Unfit::NotFound));
        let allowing = Addresses::allowing(&["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()]);
        assert_eq!(allowing.look_up("http://localhost:9/").await, Ok(()));
        assert!(allowing.read("http://[::ffff:127.0.0.1]/").is_ok());
        assert!(allowing.read("http://10.0.0.1/").is_err());
    }
}
