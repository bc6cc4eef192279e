//! Docker: builds the guide's images, and runs containers as the compose files describe. Ports, restarts and
//! capabilities need an engine and are not tested.

use std::path::Path;

use serde_json::Value;
use strongroom_tests::Store;
use strongroom_tests::container::{Container, Shell, is_possible};

use super::{
    Guide, TLS_KEY, assert_ran_as_process_1, context, read_secret, serve, serve_https, stop, texts, yaml,
};

/// A stand-in for `docker`. `enter` enters the server's container.
const DOCKER: &str = "#!/bin/sh
case \"$*\" in
'compose up --detach --wait' | 'compose up --detach') basename \"$PWD\" ;;
'compose logs strongroom') ;;
'compose exec -T strongroom '*) shift 4; exec enter \"$@\" ;;
*) echo \"docker $*: not known here\" >&2; exit 64 ;;
esac
";

fn compose(container: &mut Container, file: &str, folder: &Path, volume: &Path) {
    let documents = yaml(file);
    let services = documents[0]["services"].as_object().expect("there are services");
    let service = services.values().next().and_then(Value::as_object).expect("there is one");
    for (name, value) in service {
        match name.as_str() {
            // Only an engine applies these.
            "build" | "restart" | "ports" | "cap_drop" | "security_opt" | "read_only" => {}
            "environment" => {
                for (name, value) in value.as_object().expect("variables") {
                    container.set(name, value.as_str().expect("a text"));
                }
            }
            "tmpfs" => texts(value).iter().for_each(|place| container.mount_memory(place, "mode=1777")),
            "volumes" => {
                for item in texts(value) {
                    let (name, place) = item.split_once(':').expect("a volume and its place");
                    assert!(documents[0]["volumes"].get(name).is_some(), "{name} is declared");
                    container.mount(volume, place);
                }
            }
            "secrets" => {
                for name in texts(value) {
                    let source = documents[0]["secrets"][&name]["file"].as_str().expect("it is a file");
                    container.mount(&folder.join(source), &format!("/run/secrets/{name}"));
                }
            }
            _ => panic!("{name} of a service is not known here"),
        }
    }
    assert_eq!(service["read_only"], true);
    container.make_read_only();
}

#[tokio::test]
async fn the_images_of_the_guide_work() {
    if !is_possible("guides::docker::the_images_of_the_guide_work") {
        return;
    }
    let mut guide = Guide::read("docker.md");
    let store = Store::new();
    let [server_folder, app_folder] = ["server", "app"].map(|name| context(&store, name));
    let shell = Shell::new(&store);
    shell.add("docker", DOCKER);

    assert_eq!(shell.run(&server_folder, &guide.take("sh", "openssl rand")).await, "server\n");
    read_secret(&store, &server_folder.join("master_key"));
    let dockerfile = guide.take("dockerfile", "server/Dockerfile");
    let mut container = Container::build(&store, "server", &dockerfile, &server_folder).await;
    std::fs::create_dir_all(store.data_dir()).expect("directories can be created");
    let file = guide.take("yaml", "server/compose.yaml");
    compose(&mut container, &file, &server_folder, &store.data_dir());
    let health = container.health.clone();
    assert!(!container.run(&store, &health).await.status.success(), "nothing is healthy yet");
    let server = serve(&store, &container, &container.default_command()).await;
    container.run(&store, &health).await.succeeded();
    assert!(!store.data_dir().join("master.key").exists(), "the master key is not in the volume");

    // The program reaches the server over https.
    shell.add("enter", &container.script());
    assert_eq!(shell.run(&server_folder, &guide.take("sh", "admin create-key")).await, "app\n");
    read_secret(&store, &app_folder.join("strongroom_key"));
    let (_proxy, authority) = serve_https(&store, &shell).await;
    std::fs::copy(authority, app_folder.join("authority.crt")).expect("files can be copied");
    let dockerfile = guide.take("dockerfile", "FROM debian");
    let mut app = Container::build(&store, "app", &dockerfile, &app_folder).await;
    let mut root = app.clone();
    root.set_user("0:0");
    for step in guide.take("dockerfile", "authority.crt").lines() {
        root.perform(&store, step, &app_folder).await;
    }
    let file = guide.take("yaml", "app/compose.yaml");
    compose(&mut app, &file, &app_folder, &store.data_dir());
    assert_ran_as_process_1(&app.run(&store, &app.default_command()).await);
    for step in guide.take("dockerfile", "/dev/shm").lines().filter(|line| !line.starts_with('#')) {
        app.perform(&store, step, &app_folder).await;
    }
    let ran = app.run(&store, &app.default_command()).await;
    assert_eq!(ran.stdout, format!("1 \n600\n{TLS_KEY}"), "{ran:?}");

    // Without certificates, https fails and http works.
    let without = dockerfile.replace("\\\n", " ");
    let without = without.lines().filter(|line| !line.starts_with("RUN ")).collect::<Vec<_>>().join("\n");
    let mut bare = Container::build(&store, "bare", &without, &app_folder).await;
    compose(&mut bare, &file, &app_folder, &store.data_dir());
    let ran = bare.run(&store, &bare.default_command()).await;
    assert_eq!(ran.status.code(), Some(125), "{ran:?}");
    assert!(ran.stderr.contains("ca-certificates") && ran.stderr.contains("SSL_CERT_FILE"), "{ran:?}");
    bare.set("STRONGROOM_SERVER", "http://strongroom:4300");
    assert_ran_as_process_1(&bare.run(&store, &bare.default_command()).await);

    guide.assert_all_taken();
    stop(server).await;
}
