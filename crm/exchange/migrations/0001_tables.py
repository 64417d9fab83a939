"""All tables as they stood when the steps it replaces had been made, in one."""

import crm.core.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('exchange', '0001_initial'),
        ('exchange', '0002_undo'),
        ('exchange', '0003_export_job'),
        ('exchange', '0004_roles_may_export'),
        ('exchange', '0005_kept_template'),
        ('exchange', '0006_bulk_job'),
        ('exchange', '0007_records_of_a_held_job'),
    ]

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='BulkJob',
            fields=[
                ('id', models.UUIDField(default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('queued', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('undoing', 'Being undone'), ('undone', 'Undone')], default='queued', max_length=10, verbose_name='State')),
                ('label', models.CharField(max_length=60, verbose_name='Records')),
                ('asked', models.JSONField(default=dict)),
                ('actor_kind', models.CharField(max_length=12)),
                ('actor_id', models.UUIDField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='Asked for')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='Finished at')),
                ('runner', models.UUIDField(null=True)),
                ('rows_total', models.PositiveIntegerField(default=0)),
                ('rows_done', models.PositiveIntegerField(default=0)),
                ('account', models.JSONField(default=dict)),
                ('failure', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['finished_at'], name='bulk_job_finished')],
            },
        ),
        migrations.CreateModel(
            name='ExportJob',
            fields=[
                ('id', models.UUIDField(default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('queued', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled'), ('expired', 'Expired')], default='queued', max_length=10, verbose_name='State')),
                ('label', models.CharField(blank=True, max_length=60, verbose_name='Records')),
                ('format', models.CharField(choices=[('csv', 'CSV'), ('xlsx', 'Excel (XLSX)'), ('ndjson', 'NDJSON'), ('archive', 'Archive of everything')], max_length=10, verbose_name='Format')),
                ('filename', models.CharField(max_length=255, verbose_name='File')),
                ('asked', models.JSONField(default=dict)),
                ('rights', models.JSONField(default=dict)),
                ('actor_kind', models.CharField(max_length=12)),
                ('actor_id', models.UUIDField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='Asked for')),
                ('started_at', models.DateTimeField(null=True, verbose_name='Started at')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='Finished at')),
                ('expires_at', models.DateTimeField(null=True, verbose_name='Kept until')),
                ('beat_at', models.DateTimeField(null=True)),
                ('runner', models.UUIDField(null=True)),
                ('rows_total', models.PositiveBigIntegerField(default=0)),
                ('rows_done', models.PositiveBigIntegerField(default=0)),
                ('chunks_done', models.PositiveIntegerField(default=0)),
                ('position', models.TextField(blank=True)),
                ('size', models.PositiveBigIntegerField(default=0, verbose_name='Bytes')),
                ('failure', models.CharField(blank=True, max_length=40)),
                ('failure_details', models.JSONField(default=dict)),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['expires_at'], name='export_expires')],
            },
        ),
        migrations.CreateModel(
            name='ImportJob',
            fields=[
                ('id', models.UUIDField(default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('uploaded', 'Uploaded'), ('queued', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('undoing', 'Being undone'), ('undone', 'Undone')], default='uploaded', max_length=10, verbose_name='State')),
                ('label', models.CharField(max_length=60, verbose_name='Records')),
                ('template', models.CharField(blank=True, max_length=40, verbose_name='Template')),
                ('filename', models.CharField(max_length=255, verbose_name='File')),
                ('size', models.PositiveBigIntegerField(default=0, verbose_name='Bytes')),
                ('actor_kind', models.CharField(max_length=12)),
                ('actor_id', models.UUIDField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='Uploaded at')),
                ('started_at', models.DateTimeField(null=True, verbose_name='Started at')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='Finished at')),
                ('beat_at', models.DateTimeField(null=True)),
                ('runner', models.UUIDField(null=True)),
                ('choices', models.JSONField(default=dict)),
                ('rows_total', models.PositiveBigIntegerField(default=0)),
                ('rows_done', models.PositiveBigIntegerField(default=0)),
                ('chunks_done', models.PositiveIntegerField(default=0)),
                ('account', models.JSONField(default=dict)),
                ('records', models.JSONField(default=dict)),
                ('failure', models.CharField(blank=True, max_length=40)),
                ('failure_details', models.JSONField(default=dict)),
                ('purged_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('purged_at', None)), fields=['finished_at'], name='import_to_purge')],
            },
        ),
        migrations.CreateModel(
            name='ImportTemplate',
            fields=[
                ('id', models.UUIDField(default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80, verbose_name='Name')),
                ('label', models.CharField(max_length=60, verbose_name='Records')),
                ('header', models.JSONField(default=list)),
                ('fingerprint', models.CharField(max_length=32)),
                ('choices', models.JSONField(default=dict)),
                ('changed_at', models.DateTimeField(auto_now=True, verbose_name='Changed')),
            ],
            options={
                'ordering': ['name'],
                'indexes': [models.Index(fields=['label', 'fingerprint'], name='import_template_header')],
                'constraints': [models.UniqueConstraint(fields=('label', 'name'), name='import_template_name')],
            },
        ),
        migrations.CreateModel(
            name='BulkRow',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('object_id', models.UUIDField()),
                ('outcome', models.CharField(choices=[('waiting', 'Waiting'), ('changed', 'Changed'), ('same', 'As it was'), ('refused', 'Refused'), ('back', 'Taken back'), ('kept', 'Changed since, left as it is')], default='waiting', max_length=8)),
                ('before', models.JSONField(null=True)),
                ('version', models.PositiveIntegerField(null=True)),
                ('message', models.CharField(blank=True, default='', max_length=300)),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='exchange.bulkjob')),
            ],
            options={
                'indexes': [models.Index(fields=['job', 'outcome', 'id'], name='bulk_row_job'), models.Index(fields=['object_id'], name='bulk_row_object')],
            },
        ),
        migrations.CreateModel(
            name='ExportPiece',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_draft', models.BooleanField(default=False)),
                ('position', models.PositiveIntegerField()),
                ('data', models.BinaryField()),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pieces', to='exchange.exportjob')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('job', 'is_draft', 'position'), name='export_piece_once')],
            },
        ),
        migrations.CreateModel(
            name='ImportedRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('object_type', models.CharField(max_length=60)),
                ('object_id', models.UUIDField()),
                ('row', models.PositiveBigIntegerField()),
                ('version', models.PositiveIntegerField(default=1)),
                ('outcome', models.CharField(choices=[('created', 'Created'), ('updated', 'Updated'), ('unchanged', 'Unchanged')], max_length=10)),
                ('before', models.JSONField(null=True)),
                ('undone', models.CharField(blank=True, choices=[('back', 'Taken back'), ('changed', 'Kept: changed since'), ('in_use', 'Kept: in use'), ('taken', 'Kept: its old value is taken'), ('gone', 'Gone before')], default='', max_length=8)),
                ('job', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='written', to='exchange.importjob')),
            ],
            options={
                'indexes': [models.Index(fields=['job', 'id'], name='imported_record_order')],
                'constraints': [models.UniqueConstraint(fields=('job', 'object_id'), name='imported_record_once')],
            },
        ),
        migrations.CreateModel(
            name='ImportPiece',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('data', models.BinaryField()),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pieces', to='exchange.importjob')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('job', 'position'), name='import_piece_once')],
            },
        ),
        migrations.CreateModel(
            name='ImportProblem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row', models.PositiveBigIntegerField()),
                ('position', models.PositiveIntegerField(null=True)),
                ('column', models.CharField(blank=True, max_length=200)),
                ('code', models.CharField(max_length=40)),
                ('outcome', models.CharField(choices=[('refused', 'Row not stored'), ('skipped', 'Row left out on purpose'), ('merged', 'Row merged into another'), ('left_out', 'Row stored without this value'), ('note', 'Row stored, worth a look')], max_length=10)),
                ('value', models.CharField(blank=True, max_length=200)),
                ('details', models.JSONField(default=dict)),
                ('job', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='problems', to='exchange.importjob')),
            ],
            options={
                'ordering': ['row', 'id'],
                'indexes': [models.Index(fields=['job', 'row', 'id'], name='import_problem_row')],
            },
        ),
    ]
