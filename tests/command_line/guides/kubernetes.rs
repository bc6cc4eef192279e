//! Kubernetes: validates the manifests against the schemas of its releases, and runs the containers with the user,
//! variables and volumes that the kubelet would give them. There is no cluster: scheduling, limits and seccomp are not
//! tested.

use std::path::Path;

use serde_json::Value;
use strongroom_tests::container::{Container, Shell, is_possible};
use strongroom_tests::{Store, wait};

use super::{Guide, assert_ran_as_process_1, context, python, read_secret, serve, stop, texts, yaml};

/// Against the oldest and the newest release. Also checks that the schemas catch an unknown field.
const VALIDATE: &str = r#"
import copy, json, sys
from kubernetes_validate import ValidationError, utils
versions = utils.all_versions()
for document in json.loads(sys.argv[1]):
    wrong = copy.deepcopy(document)
    wrong["spec"]["replica"] = 1
    for version in versions[0], versions[-1]:
        utils.validate(document, version, strict=True)
        try:
            utils.validate(wrong, version, strict=True)
        except ValidationError:
            continue
        sys.exit("a field that doesn't exist is not found")
"#;
/// A stand-in for `kubectl`: a Secret is a directory, and `enter` enters the server's container.
const KUBECTL: &str = "#!/bin/sh
case \"$*\" in
'create secret generic '*' --from-file='*'=/dev/stdin')
  file=${5#--from-file=}; mkdir -p \"secrets/$4\"; cat > \"secrets/$4/${file%%=*}\" ;;
'apply -f '*) test -f \"$3\" ;;
'rollout status statefulset/strongroom' | 'logs strongroom-0') ;;
'exec strongroom-0 -- '*) shift 3; exec enter \"$@\" ;;
*) echo \"kubectl $*: not known here\" >&2; exit 64 ;;
esac
";

#[test]
fn the_manifests_of_the_guide_are_valid() {
    let mut guide = Guide::read("kubernetes.md");
    for file in ["# strongroom.yaml", "# report.yaml"] {
        python(VALIDATE, &Value::from(yaml(&guide.take("yaml", file))).to_string());
    }
}

fn service_variables(service: &Value) -> Vec<(String, String)> {
    const ADDRESS: &str = "10.0.48.109";
    let upper = |value: &Value| value.as_str().expect("a name").to_uppercase().replace('-', "_");
    let name = upper(&service["metadata"]["name"]);
    let [port] = &service["spec"]["ports"].as_array().expect("it has ports")[..] else { panic!("one port") };
    let (number, label) = (port["port"].to_string(), upper(&port["name"]));
    let url = format!("tcp://{ADDRESS}:{number}");
    let variables = [
        ("SERVICE_HOST".to_owned(), ADDRESS),
        ("SERVICE_PORT".to_owned(), &number),
        (format!("SERVICE_PORT_{label}"), &number),
        ("PORT".to_owned(), &url),
        (format!("PORT_{number}_TCP"), &url),
        (format!("PORT_{number}_TCP_PROTO"), "tcp"),
        (format!("PORT_{number}_TCP_PORT"), &number),
        (format!("PORT_{number}_TCP_ADDR"), ADDRESS),
    ];
    variables.into_iter().map(|(suffix, value)| (format!("{name}_{suffix}"), value.to_owned())).collect()
}

fn pod(
    container: &mut Container,
    workload: &Value,
    service: &Value,
    secrets: &Path,
    store: &Store,
) -> Vec<String> {
    let spec = &workload["spec"]["template"]["spec"];
    let security = &spec["securityContext"];
    assert_eq!(security["runAsNonRoot"], true);
    assert_eq!(security["runAsGroup"], security["fsGroup"], "it has one group");
    let number =
        |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok()).expect("a number");
    let group = number(&security["fsGroup"]);
    container.set_user(&format!("{}:{group}", security["runAsUser"]));

    let described = &spec["containers"][0];
    for (name, value) in service_variables(service) {
        container.set(&name, &value);
    }
    for variable in described["env"].as_array().expect("variables") {
        let text = |field: &str| variable[field].as_str().expect("a text");
        container.set(text("name"), text("value"));
    }
    for mount in described["volumeMounts"].as_array().expect("mounts") {
        let place = mount["mountPath"].as_str().expect("a path");
        let named = |volume: &&Value| volume["name"] == mount["name"];
        let volumes = spec["volumes"].as_array().expect("volumes");
        match volumes.iter().find(named) {
            Some(volume) if volume.get("secret").is_some() => {
                let folder = secrets.join(volume["secret"]["secretName"].as_str().expect("a name"));
                // The YAML parser has already turned the octal number into an integer.
                container.mount_secret(&folder, place, number(&volume["secret"]["defaultMode"]), group);
            }
            Some(volume) if volume.get("emptyDir").is_some() => container.mount_memory(place, "mode=1777"),
            Some(volume) => panic!("this volume is not known here: {volume}"),
            None => {
                let claims = workload["spec"]["volumeClaimTemplates"].as_array().expect("claims");
                assert!(claims.iter().any(|claim| claim["metadata"]["name"] == mount["name"]));
                container.mount(&store.data_dir(), place);
                container.own_by_group(place, group);
            }
        }
    }
    assert_eq!(described["securityContext"]["readOnlyRootFilesystem"], true);
    container.make_read_only();
    let words = ["command", "args"].map(|field| described.get(field).map(texts).unwrap_or_default());
    words.concat()
}

#[tokio::test]
async fn the_pods_of_the_guide_work() {
    if !is_possible("guides::kubernetes::the_pods_of_the_guide_work") {
        return;
    }
    let [mut docker, mut guide] = ["docker.md", "kubernetes.md"].map(Guide::read);
    let store = Store::new();
    let folder = context(&store, "pods");
    let secrets = folder.join("secrets");
    let shell = Shell::new(&store);
    shell.add("kubectl", KUBECTL);
    let mut manifest = |name: &str| {
        let text = guide.take("yaml", &format!("# {name}\n"));
        std::fs::write(folder.join(name), &text).expect("files can be written");
        yaml(&text)
    };
    let (server_documents, job) = (manifest("strongroom.yaml"), manifest("report.yaml"));
    let (service, set) = (&server_documents[0], &server_documents[1]);

    // The server's volume is like a new disk, with one directory that belongs to root.
    shell.run(&folder, &guide.take("sh", "openssl rand")).await;
    read_secret(&store, &secrets.join("strongroom-master-key/master.key"));
    let dockerfile = docker.take("dockerfile", "server/Dockerfile");
    let mut container = Container::build(&store, "server", &dockerfile, &folder).await;
    std::fs::create_dir_all(store.data_dir().join("lost+found")).expect("directories can be created");
    assert!(pod(&mut container, set, service, &secrets, &store).is_empty(), "the image has one");
    let server = serve(&store, &container, &container.default_command()).await;
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
        let get = &set["spec"]["template"]["spec"]["containers"][0][probe]["httpGet"];
        let path = get["path"].as_str().expect("a path");
        wait::until(probe, async || (server.nobody().get(path).await.status == 200).then_some(())).await;
    }

    // In a cluster, the server gets the Service's variables only after a restart; here, both starts have them.
    shell.add("enter", &container.script());
    shell.run(&folder, &guide.take("sh", "kubectl exec")).await;
    read_secret(&store, &secrets.join("report-key/key"));
    let dockerfile = docker.take("dockerfile", "app/Dockerfile");
    let mut app = Container::build(&store, "app", &dockerfile, &folder).await;
    let command = pod(&mut app, &job[0], service, &secrets, &store);
    assert_ran_as_process_1(&app.run(&store, &command).await);

    guide.assert_all_taken();
    stop(server).await;
}
