//! The migrations are compiled into the program, so a changed one means a new program.

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
}
