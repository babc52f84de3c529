import assert from 'node:assert/strict';
import { test } from 'node:test';
import { targetsOf, type Pod } from './pod-discovery.ts';

const pod: Pod = {
  metadata: {
    name: 'bar-1',
    namespace: 'cafe',
    uid: 'u',
    labels: { 'spring-app-id': 'bar' },
    annotations: { 'prometheus.io/port': '8080' },
  },
  spec: {
    nodeName: 'barista',
    containers: [
      {
        name: 'app',
        image: 'barista/worker',
        ports: [{ containerPort: 8080 }, { containerPort: 9090, name: 'more' }],
      },
      { name: 'side' },
    ],
    initContainers: [{ name: 'first' }],
  },
  status: { phase: 'Running', podIP: '10.88.0.7' },
};

test('a pod is found at each port, with what is known of it', () => {
  const found = targetsOf([pod]);
  assert.deepEqual(
    found.map(({ targets }) => targets),
    [['10.88.0.7:8080'], ['10.88.0.7:9090'], ['10.88.0.7'], ['10.88.0.7']],
  );
  assert.deepEqual(found[1]?.labels, {
    __meta_kubernetes_namespace: 'cafe',
    __meta_kubernetes_pod_name: 'bar-1',
    __meta_kubernetes_pod_uid: 'u',
    __meta_kubernetes_pod_ip: '10.88.0.7',
    __meta_kubernetes_pod_phase: 'Running',
    __meta_kubernetes_pod_node_name: 'barista',
    __meta_kubernetes_pod_label_spring_app_id: 'bar',
    __meta_kubernetes_pod_labelpresent_spring_app_id: 'true',
    __meta_kubernetes_pod_annotation_prometheus_io_port: '8080',
    __meta_kubernetes_pod_annotationpresent_prometheus_io_port: 'true',
    __meta_kubernetes_pod_container_name: 'app',
    __meta_kubernetes_pod_container_image: 'barista/worker',
    __meta_kubernetes_pod_container_init: 'false',
    __meta_kubernetes_pod_container_port_name: 'more',
    __meta_kubernetes_pod_container_port_number: '9090',
    __meta_kubernetes_pod_container_port_protocol: 'TCP',
  });
  assert.equal(found[3]?.labels['__meta_kubernetes_pod_container_init'], 'true');
});

test('a pod without an address is not found yet', () => {
  assert.deepEqual(targetsOf([{ ...pod, status: { phase: 'Pending' } }]), []);
});
