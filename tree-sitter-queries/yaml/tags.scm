; The keys of the two outer levels: with something of several lines a section, else a property. Entries of a list at the top
; are called by their `name`.

(document (block_node (block_mapping (block_mapping_pair key: (flow_node (plain_scalar) @name) value: (block_node) @body) @definition.section)))
(document (block_node (block_mapping (block_mapping_pair key: (flow_node [(double_quote_scalar) (single_quote_scalar)] @name) value: (block_node) @body) @definition.section (#set! trim))))
(document (block_node (block_mapping (block_mapping_pair key: (flow_node (plain_scalar) @name)) @definition.property)))
(document (block_node (block_mapping (block_mapping_pair key: (flow_node [(double_quote_scalar) (single_quote_scalar)] @name)) @definition.property (#set! trim))))
(document (block_node (block_mapping (block_mapping_pair value: (block_node (block_mapping
  (block_mapping_pair key: (flow_node (plain_scalar) @name) value: (block_node) @body) @definition.section))))))
(document (block_node (block_mapping (block_mapping_pair value: (block_node (block_mapping
  (block_mapping_pair key: (flow_node [(double_quote_scalar) (single_quote_scalar)] @name) value: (block_node) @body) @definition.section (#set! trim)))))))
(document (block_node (block_mapping (block_mapping_pair value: (block_node (block_mapping
  (block_mapping_pair key: (flow_node (plain_scalar) @name)) @definition.property))))))
(document (block_node (block_mapping (block_mapping_pair value: (block_node (block_mapping
  (block_mapping_pair key: (flow_node [(double_quote_scalar) (single_quote_scalar)] @name)) @definition.property (#set! trim)))))))
(document (block_node (block_sequence (block_sequence_item (block_node (block_mapping
  (block_mapping_pair key: (flow_node) @_key value: (flow_node) @name)))) @definition.section (#eq? @_key "name") (#set! trim))))
