//! systemd: checks the units with `systemd-analyze`, and runs their commands. systemd itself does not run here: the
//! test sets up users, state directories, variables and credentials as systemd documents them, but no sandbox.

use std::os::unix::fs::{PermissionsExt as _, chown};

use strongroom_tests::container::{Container, Shell, is_possible};
use strongroom_tests::{Store, program, store};

use super::{
    Guide, PASSWORD, assert_ran_as_process_1, context, create_key, read_secret, serve, serve_https, stop,
};

/// The highest exposure that `systemd-analyze security` may report, out of 100.
const MOST_EXPOSED: &str = "20";

async fn run(store: &Store, machine: &Container, commands: &str) -> String {
    machine.run(store, &["bash", "-euo", "pipefail", "-c", commands]).await.succeeded()
}

fn settings<'unit>(unit: &'unit str, name: &str) -> Vec<&'unit str> {
    unit.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix('=')).collect()
}

async fn service(store: &Store, machine: &Container, name: &str, unit: &str) -> (Container, Vec<String>) {
    let mut service = machine.clone();
    let user = settings(unit, "User")[0];
    let ids = run(store, machine, &format!("id -u {user}; id -g {user}")).await;
    let ids: Vec<u32> = ids.lines().map(|id| id.parse().expect("an id")).collect();
    service.set_user(&format!("{}:{}", ids[0], ids[1]));
    let give = |inside: &str, mode| {
        let path = machine.path(inside);
        chown(&path, Some(ids[0]), Some(ids[1])).expect("root can give files away");
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("root may do that");
    };
    for state in settings(unit, "StateDirectory") {
        let inside = format!("/var/lib/{state}");
        std::fs::create_dir_all(store.data_dir()).expect("directories can be created");
        machine.mount(&store.data_dir(), &inside);
        give(&inside, u32::from_str_radix(settings(unit, "StateDirectoryMode")[0], 8).expect("a mode"));
    }
    let folder = format!("/run/credentials/{name}");
    for setting in ["LoadCredential", "LoadCredentialEncrypted"] {
        for credential in settings(unit, setting) {
            let (id, path) = credential.split_once(':').unwrap_or((credential, ""));
            let searched = format!("/etc/credstore.encrypted/{id}");
            let path = if path.is_empty() { searched.as_str() } else { path };
            let read = match setting {
                "LoadCredential" => format!("cat {path}"),
                _ => format!("systemd-creds decrypt --name={id} {path} -"),
            };
            let inside = format!("{folder}/{id}");
            machine.write(&inside, run(store, machine, &read).await);
            give(&inside, 0o400);
            read_secret(store, &machine.path(&inside));
        }
    }
    for pair in settings(unit, "Environment") {
        let (name, value) = pair.split_once('=').expect("NAME=VALUE");
        service.set(name, &value.replace("%S", "/var/lib").replace("%d", &folder));
    }
    let command = settings(unit, "ExecStart")[0].split_whitespace().map(str::to_owned);
    (service, command.collect())
}

async fn verify(store: &Store, machine: &Container, unit: &str) {
    let ran = machine.run(store, &["systemd-analyze", "verify", "--man=no", unit]).await;
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(ran.status.success() && said.is_empty(), "{unit}: {said}");
}

#[tokio::test]
async fn the_units_of_the_guide_are_valid_and_start() {
    if !is_possible("guides::systemd::the_units_of_the_guide_are_valid_and_start") {
        return;
    }
    let mut guide = Guide::read("systemd.md");
    let store = Store::new();
    let shell = Shell::new(&store);
    let mut machine = Container::new("machine", "machine");
    // systemd does not run here.
    machine.set("SYSTEMD_OFFLINE", "1");
    machine.add_program("strongroom-server", &store::server_binary());
    machine.add_program("strongroom", &program::binary());
    machine.add_program("app", &context(&store, "app").join("app"));
    let add_unit = |guide: &mut Guide, path: &str| {
        let unit = guide.take("ini", &format!("# {path}\n"));
        machine.write(path, &unit);
        unit
    };
    let server_path = "/etc/systemd/system/strongroom.service";
    let server_unit = add_unit(&mut guide, server_path);
    let app_path = "/etc/systemd/system/app.service";
    let app_unit = add_unit(&mut guide, app_path);

    run(&store, &machine, &guide.take("sh", "useradd")).await;
    verify(&store, &machine, server_path).await;
    let threshold = format!("--threshold={MOST_EXPOSED}");
    let security = ["systemd-analyze", "security", "--offline=yes", &threshold, server_path];
    machine.run(&store, &security).await.succeeded();
    let (service_of_server, command) = service(&store, &machine, "strongroom.service", &server_unit).await;
    let server = serve(&store, &service_of_server, &command).await;
    assert!(!store.data_dir().join("master.key").exists(), "the master key is a credential");

    // A service with its key in a file, then in an encrypted credential.
    let (_proxy, authority) = serve_https(&store, &shell).await;
    let authority = std::fs::read(authority).expect("it can be read");
    machine.write("/usr/local/share/ca-certificates/authority.crt", authority);
    let key = create_key(&store, &service_of_server, "runner").await;
    let install = "useradd --system app && update-ca-certificates && install -d -m 0700 /etc/strongroom";
    run(&store, &machine, install).await;
    machine.write("/etc/strongroom/key", format!("{key}\n"));
    run(&store, &machine, "chmod 0600 /etc/strongroom/key").await;
    run(&store, &machine, &guide.take("sh", "systemctl enable app")).await;
    let sealed = guide.take("ini", "instead of LoadCredential");
    let sealed = sealed.lines().last().expect("it has lines");
    let sealed_unit = app_unit.replace("LoadCredential=strongroom-key:/etc/strongroom/key", sealed);
    assert_ne!(sealed_unit, app_unit);
    for unit in [&app_unit, &sealed_unit] {
        if unit == &sealed_unit {
            run(&store, &machine, &guide.take("sh", "key.cred")).await;
            machine.write(app_path, unit);
        }
        verify(&store, &machine, app_path).await;
        let (app, command) = service(&store, &machine, "app.service", unit).await;
        assert_ran_as_process_1(&app.run(&store, &command).await);
    }

    let mut administrator = machine.clone();
    administrator.set("STRONGROOM_SERVER", "https://secrets.example.com");
    administrator.set("STRONGROOM_KEY", &key);
    run(&store, &administrator, &guide.take("sh", "strongroom get DATABASE_PASSWORD")).await;
    let path = "/etc/systemd/system/app.service.d/database.conf";
    let drop_in = guide.take("ini", &format!("# {path}\n"));
    machine.write(path, &drop_in);
    verify(&store, &machine, app_path).await;
    let with_both = format!("{sealed_unit}{drop_in}");
    let (app, _) = service(&store, &machine, "app.service", &with_both).await;
    let ran = app.run(&store, &["cat", "/run/credentials/app.service/database-password"]).await;
    assert_eq!(ran.succeeded(), PASSWORD);

    guide.assert_all_taken();
    stop(server).await;
}
