//! Just enough of PostgreSQL's wire protocol to tell a commit from its answer, and a notification from everything else.

use std::collections::{HashMap, VecDeque};

const SSL_REQUEST: u32 = 80_877_103;
const GSS_REQUEST: u32 = 80_877_104;

/// What the two ends of one connection have said so far, as far as it matters here.
#[derive(Default)]
pub struct Wire {
    /// Bytes of a message whose end has not come yet.
    from_client: Vec<u8>,
    from_server: Vec<u8>,
    /// The client has named itself; from here on every message begins with its type.
    started: bool,
    /// Answers of a single byte that the server owes (to the question whether it speaks TLS).
    bare_answers: usize,
    /// Prepared statements by name: do they append to the log?
    statements: HashMap<Vec<u8>, bool>,
    /// What was asked since the last `Sync` appends to the log.
    appends: bool,
    /// Questions that the server has not yet answered to the end: is it a commit?
    open: VecDeque<bool>,
}

/// What may go on to the client.
#[derive(Debug, Default, PartialEq)]
pub struct Passed {
    pub bytes: Vec<u8>,
    /// A commit is done, and its answer was held back: cut now.
    pub sever: bool,
    /// Notifications that were left out.
    pub muted: u64,
}

impl Wire {
    /// Takes note of what the client sends.
    pub fn asked(&mut self, bytes: &[u8]) {
        self.from_client.extend_from_slice(bytes);
        let mut from = 0;
        while let Some(message) = message(&self.from_client[from..], self.started) {
            from += message.len();
            let message = message.to_vec();
            self.note(&message);
        }
        self.from_client.drain(..from);
    }

    fn note(&mut self, message: &[u8]) {
        if !self.started {
            let code = message.get(4..8).and_then(|code| code.try_into().ok()).map_or(0, u32::from_be_bytes);
            match code {
                SSL_REQUEST | GSS_REQUEST => self.bare_answers += 1,
                _ => self.started = true,
            }
            return;
        }
        let (kind, body) = (message[0], &message[5..]);
        let (first, rest) = text(body);
        match kind {
            // Parse: the statement's name, its SQL.
            b'P' => drop(self.statements.insert(first.to_vec(), appends(text(rest).0))),
            // Bind: the portal's name, the statement's.
            b'B' => self.appends |= self.statements.get(text(rest).0).copied().unwrap_or(false),
            b'Q' => self.open.push_back(appends(first) || first.trim_ascii().eq_ignore_ascii_case(b"commit")),
            b'S' => self.open.push_back(std::mem::take(&mut self.appends)),
            _ => {}
        }
    }

    /// Takes what the server answers and says what of it may go on. `unanswered`: no answer to a commit; `mute`: no notifications.
    pub fn answered(&mut self, bytes: &[u8], unanswered: bool, mute: bool) -> Passed {
        self.from_server.extend_from_slice(bytes);
        let mut passed = Passed::default();
        let mut from = 0;
        // What of an answer is held back stays where it is until the answer is complete.
        let mut whole = 0;
        loop {
            let rest = &self.from_server[from..];
            if self.bare_answers > 0 && !rest.is_empty() {
                self.bare_answers -= 1;
                passed.bytes.push(rest[0]);
                (from, whole) = (from + 1, from + 1);
                continue;
            }
            let Some(message) = message(rest, true) else { break };
            from += message.len();
            let commit = self.open.front() == Some(&true);
            match message[0] {
                b'Z' if commit && unanswered => {
                    passed.sever = true;
                    return passed;
                }
                _ if commit && unanswered => continue,
                b'A' if mute => passed.muted += 1,
                _ => passed.bytes.extend_from_slice(&self.from_server[whole..from]),
            }
            whole = from;
            if message[0] == b'Z' {
                self.open.pop_front();
            }
        }
        self.from_server.drain(..whole);
        passed
    }
}

/// The first message in these bytes, if all of it is there: its type unless it is the client's very first, its length, its body.
fn message(bytes: &[u8], typed: bool) -> Option<&[u8]> {
    let head = usize::from(typed);
    let length = bytes.get(head..head + 4)?.try_into().ok().map(u32::from_be_bytes)?;
    bytes.get(..head + (length as usize).max(4))
}

/// A text that ends with a zero byte, and what comes after it.
fn text(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    (&bytes[..end], bytes.get(end + 1..).unwrap_or_default())
}

fn appends(sql: &[u8]) -> bool {
    sql.windows(b"log.append".len()).any(|window| window == b"log.append")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = (body.len() as u32 + 4).to_be_bytes();
        [&[kind][..], &length, body].concat()
    }

    /// A connection that has been opened, with a statement that appends.
    fn opened() -> Wire {
        let mut wire = Wire::default();
        wire.asked(&[&8u32.to_be_bytes()[..], &SSL_REQUEST.to_be_bytes()].concat());
        assert_eq!(wire.answered(b"N", true, true).bytes, b"N");
        wire.asked(&[&12u32.to_be_bytes()[..], &196_608u32.to_be_bytes(), b"u\0\0\0"].concat());
        assert_eq!(wire.answered(&typed(b'Z', b"I"), true, true).bytes, typed(b'Z', b"I"));
        wire.asked(&[typed(b'P', b"s1\0select * from log.append($1)\0\0\0"), typed(b'S', b"")].concat());
        let prepared = [typed(b'1', b""), typed(b'Z', b"I")].concat();
        assert_eq!(wire.answered(&prepared, true, true).bytes, prepared);
        wire
    }

    fn append() -> Vec<u8> {
        [typed(b'B', b"\0s1\0\0\0\0\0\0\0"), typed(b'E', b"\0\0\0\0\0"), typed(b'S', b"")].concat()
    }

    #[test]
    fn an_append_is_cut_once_it_is_committed_and_not_a_byte_earlier() {
        let mut wire = opened();
        // However small the pieces in which it comes.
        append().chunks(1).for_each(|byte| wire.asked(byte));
        let rows = [typed(b'2', b""), typed(b'D', b"a row"), typed(b'C', b"SELECT 1\0")].concat();
        assert_eq!(wire.answered(&rows, true, false), Passed::default());
        assert_eq!(wire.answered(&typed(b'Z', b"I"), true, false), Passed { sever: true, ..Passed::default() });
    }

    #[test]
    fn what_was_held_back_goes_on_when_the_fault_is_over() {
        let mut wire = opened();
        wire.asked(&append());
        let (row, ready) = (typed(b'D', b"a row"), typed(b'Z', b"I"));
        assert_eq!(wire.answered(&row, true, false).bytes, b"");
        assert_eq!(wire.answered(&ready, false, false).bytes, [row, ready].concat());
        // The next question is no commit.
        wire.asked(&typed(b'Q', b"select 1\0"));
        assert_eq!(wire.answered(&typed(b'Z', b"I"), true, false).bytes, typed(b'Z', b"I"));
        wire.asked(&typed(b'Q', b"COMMIT\0"));
        assert!(wire.answered(&typed(b'Z', b"I"), true, false).sever);
    }

    #[test]
    fn notifications_are_left_out_and_nothing_else() {
        let mut wire = opened();
        let (notice, said) = (typed(b'N', b"notice"), typed(b'A', b"\0\0\0\x01docket_log\x007\0"));
        let both = [said.clone(), notice.clone(), said.clone()].concat();
        let (one, other) = both.split_at(said.len() + 3);
        let (first, second) = (wire.answered(one, false, true), wire.answered(other, false, true));
        assert_eq!([first.bytes, second.bytes].concat(), notice);
        assert_eq!(first.muted + second.muted, 2);
        assert_eq!(wire.answered(&said, false, false).bytes, said);
    }
}
