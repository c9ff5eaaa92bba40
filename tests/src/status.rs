//! Machines that watch Docket are told when a server is about to stop, so that they send people elsewhere in time.

use crate::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_its_leave_is_not_ready_any_more() {
    let house = House::open().await;
    house.anyone.get("/ready").await.is(200);
    house.rooms().leaving.send_replace(true);
    let ready = house.anyone.get("/ready").await.is(503);
    assert!(ready["complaints"][0].as_str().unwrap().contains("about to stop"), "{ready}");
    // What is asked meanwhile is answered all the same.
    house.anyone.get("/health").await.is(200);
}
