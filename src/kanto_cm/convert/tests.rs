use super::*;
use crate::container::{
    DeviceMapping, Hook, HostConfig, Image, IoConfig, LogConfig, MountPoint, PortMapping,
    Resources, RestartPolicy, Spec, Update,
};

fn host_config() -> HostConfig {
    HostConfig {
        devices: vec![DeviceMapping {
            path_on_host: "/dev/a".into(),
            path_in_container: "/dev/b".into(),
            cgroup_permissions: "rw".into(),
        }],
        network_mode: "bridge".into(),
        privileged: true,
        restart_policy: RestartPolicy {
            maximum_retry_count: 1,
            retry_timeout: 2,
            kind: "always".into(),
        },
        runtime: "rt".into(),
        extra_hosts: vec!["x:1.2.3.4".into()],
        port_mappings: vec![PortMapping {
            protocol: "udp".into(),
            host_ip: "1.1.1.1".into(),
            host_port: 1,
            host_port_end: 2,
            container_port: 3,
        }],
        log_config: LogConfig {
            driver: "json-file".into(),
            max_files: 3,
            max_size: "1M".into(),
            root_dir: "/l".into(),
            mode: "non-blocking".into(),
            max_buffer_size: "2M".into(),
        },
        resources: Resources {
            memory: "10M".into(),
            memory_reservation: "5M".into(),
            memory_swap: "20M".into(),
        },
        extra_capabilities: vec!["CAP_X".into()],
    }
}

#[test]
fn what_goes_out_comes_back() {
    let container = Spec {
        id: "i".into(),
        name: "n".into(),
        image: Image {
            name: "img".into(),
            decrypt_keys: vec!["k".into()],
            decrypt_recipients: vec!["r".into()],
        },
        host_name: "h".into(),
        domain_name: "d".into(),
        mounts: vec![MountPoint {
            destination: "/d".into(),
            source: "/s".into(),
            propagation_mode: "shared".into(),
        }],
        hooks: vec![Hook {
            path: "/p".into(),
            args: vec!["a".into()],
            env: vec!["E=1".into()],
            timeout: 7,
            kind: "Prestart".into(),
        }],
        host_config: host_config(),
        io_config: IoConfig {
            attach_stderr: true,
            attach_stdin: false,
            attach_stdout: true,
            open_stdin: false,
            stdin_once: true,
            tty: false,
        },
        env: vec!["A=1".into()],
        cmd: vec!["c".into()],
    };
    assert_eq!(*from_wire(to_wire(&container)).listed, container);
}

#[test]
fn an_update_without_content_is_no_message_and_empty_limits_are_one() {
    assert_eq!(update_to_wire(&Update::default()), None);
    let lift = Update {
        resources: Some(Resources::default()),
        ..Update::default()
    };
    let message = update_to_wire(&lift).unwrap();
    assert!(message.resources.is_some() && message.restart_policy.is_none());
}

#[test]
fn an_image_message_is_always_sent_and_an_empty_restart_policy_never() {
    let message = to_wire(&Spec::default());
    assert!(message.image.is_some());
    assert!(message.host_config.restart_policy.is_none());
}

#[test]
fn the_error_of_a_container_is_as_long_as_is_of_use() {
    let mut container = crate::kanto_cm::proto::types::Container::new();
    let state = crate::kanto_cm::proto::types::State {
        error: "é".repeat(3 << 20),
        ..Default::default()
    };
    container.state = Some(state).into();
    assert!(from_wire(container).state.error.len() < 5000);
}
